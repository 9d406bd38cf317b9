import { FILES_A_CALL, type ScanResult } from "./task.schema.ts";
import type { TaskClient } from "./task-client.ts";

/** Tells the broker of results as they come: what comes while one call is under way goes together with the next. */
export class ScanNotes {
  readonly #client: Pick<TaskClient, "call">;
  #waiting: ScanResult[] = [];
  #sending: Promise<void> | undefined;
  #failure: unknown;

  constructor(client: Pick<TaskClient, "call">) {
    this.#client = client;
  }

  /** Throws what an earlier result has failed with. */
  add(result: ScanResult): void {
    if (this.#failure) throw this.#failure;
    this.#waiting.push(result);
    this.#sending ??= this.#send();
  }

  /** Resolves once all of them are written down; throws when one was not. */
  async settled(): Promise<void> {
    await this.#sending;
    if (this.#failure) throw this.#failure;
  }

  async #send(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const results = this.#waiting.splice(0, FILES_A_CALL);
        await this.#client.call({ do: "scanned", results });
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#sending = undefined;
    }
  }
}
