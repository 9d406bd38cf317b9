import { FILES_A_CALL, type ScanResult } from "./task.schema.ts";
import type { TaskClient } from "./task-client.ts";

/** Sends results to the broker as they come. Results that come during a call are sent together in the next one. */
export class ScanResultSender {
  readonly #client: Pick<TaskClient, "call">;
  #waiting: ScanResult[] = [];
  #sending: Promise<void> | undefined;
  #failure: unknown;

  constructor(client: Pick<TaskClient, "call">) {
    this.#client = client;
  }

  /** Throws the error of an earlier result. */
  add(result: ScanResult): void {
    if (this.#failure) throw this.#failure;
    this.#waiting.push(result);
    this.#sending ??= this.#send();
  }

  /** Resolves when all results are written; throws if one was not. */
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
