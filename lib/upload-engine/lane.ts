import type { Core } from "./core.ts";
import type { TransferJob } from "./job.ts";

/**
 * One step in a file's upload. A lane owns the queue of what waits for its step and knows which of its calls are in
 * flight; other code adds work through its methods. `R` is the lane's own record of each transfer.
 */
export abstract class Lane<R extends object> {
  protected readonly core: Core;
  protected abstract readonly newRecord: () => R;
  readonly #records = new WeakMap<TransferJob, R>();

  constructor(core: Core) {
    this.core = core;
  }

  /** Starts everything that can be started now. */
  abstract run(): void;

  protected recordOf(transfer: TransferJob): R {
    const known = this.#records.get(transfer);
    if (known) return known;
    const record = this.newRecord();
    this.#records.set(transfer, record);
    return record;
  }
}
