import { CancelLane } from "./cancel-lane.ts";
import { CompleteLane } from "./complete-lane.ts";
import type { Core } from "./core.ts";
import { HashLane } from "./hash-lane.ts";
import { ReserveLane } from "./reserve-lane.ts";
import { SealLane } from "./seal-lane.ts";
import { SendLane } from "./send-lane.ts";
import { SignLane } from "./sign-lane.ts";
import { SyncLane } from "./sync-lane.ts";

export type Lanes = ReturnType<typeof createLanes>;

export const createLanes = (core: Core) => ({
  hash: new HashLane(core),
  reserve: new ReserveLane(core),
  sync: new SyncLane(core),
  send: new SendLane(core),
  sign: new SignLane(core),
  complete: new CompleteLane(core),
  cancel: new CancelLane(core),
  seal: new SealLane(core),
});

/** Runs every lane once. Signed parts are sent before more are signed, and parts with expired signatures go back. */
export function runLanes({ hash, reserve, sync, send, sign, complete, cancel, seal }: Lanes): void {
  for (const lane of [hash, reserve, sync, send, sign, send, complete, cancel, seal]) lane.run();
}
