/** One tab of a browser sends a transfer. */
export type Locks = {
  /** Takes the transfer; answers what lets go of it, or undefined while another tab has it. */
  claim(transferId: string): Promise<(() => void) | undefined>;
  /** Ids of all transfers that some tab has. */
  claimed(): Promise<Set<string>>;
};

const PREFIX = "dormouse-upload:";

/** By the Web Locks API, which lets go by itself when a tab ends or crashes. */
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

/** For a program that is alone (Node), and for pages without a secure context, where browsers have no locks. */
const noLocks: Locks = { claim: async () => () => undefined, claimed: async () => new Set() };

export const systemLocks = (): Locks =>
  typeof window !== "undefined" && typeof navigator !== "undefined" && "locks" in navigator ? webLocks : noLocks;
