import { Clamd, type ClamdOptions, type OpenSource } from "./clamd.ts";
import { ScannerFailed, ScannerGone } from "./scanning.errors.ts";
import { type Answer, readAnswer } from "./verdict.ts";

/** How often a scanner that broke down is started for one wave of files. */
const MAX_STARTS = 12;

/** clamd, started with the first file, and again after it broke down. */
export class Scanner {
  readonly #options: ClamdOptions & { signal: AbortSignal };
  #clamd: Promise<Clamd> | undefined;
  #starts = 0;

  constructor(options: ClamdOptions & { signal: AbortSignal }) {
    this.#options = options;
  }

  /** Throws ScannerGone when clamd broke down over this file or another one; ScannerFailed when it can't be started. */
  async scan(open: OpenSource, signal: AbortSignal = this.#options.signal): Promise<Answer> {
    const clamd = await this.running();
    return readAnswer(await clamd.scan(open, signal));
  }

  /** The running clamd. One is started when there is none, also for several callers at once. */
  async running(): Promise<Clamd> {
    const current = this.#clamd;
    if (current && !(await current).gone) return current;
    // Another caller may have begun to start it meanwhile.
    if (this.#clamd === current) this.#clamd = this.#restart(current);
    return await (this.#clamd as Promise<Clamd>);
  }

  async #restart(broken: Promise<Clamd> | undefined): Promise<Clamd> {
    const words = (await broken)?.lastWords;
    await (await broken)?.stop();
    for (;;) {
      if (this.#starts >= MAX_STARTS) {
        throw new ScannerFailed("The virus scanner broke down again and again.", words);
      }
      this.#starts += 1;
      try {
        return await Clamd.start(this.#options);
      } catch (error) {
        if (!(error instanceof ScannerGone)) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    const running = await this.#clamd?.catch(() => undefined);
    await running?.stop();
  }
}
