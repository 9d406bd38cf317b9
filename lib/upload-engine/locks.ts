/** Ensures that only one tab of a browser sends a transfer. */
export type Locks = {
  /** Locks the transfer. Returns a function that unlocks it, or undefined while another tab has the lock. */
  claim(transferId: string): Promise<(() => void) | undefined>;
  /** Ids of all transfers that some tab has locked. */
  claimed(): Promise<Set<string>>;
};

const PREFIX = "dormouse-upload:";

/** Uses the Web Locks API, which releases a lock when its tab ends or crashes. */
const webLocks: Locks = {
  claim: (transferId) =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(PREFIX + transferId, { ifAvailable: true }, (lock) => {
          if (!lock) return resolve(undefined);
          return new Promise<void>((release) => resolve(release));
        })
        .catch(reject);
    }),
  async claimed() {
    const { held = [] } = await navigator.locks.query();
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(PREFIX));
    return new Set(names.map((name) => name.slice(PREFIX.length)));
  },
};

/** For programs without other tabs (Node), and for pages without a secure context, where browsers have no locks. */
const noLocks: Locks = { claim: async () => () => undefined, claimed: async () => new Set() };

export const systemLocks = (): Locks =>
  typeof window !== "undefined" && typeof navigator !== "undefined" && "locks" in navigator ? webLocks : noLocks;
