import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { CountingMeter } from "#lib/metering/meter.ts";

/** The key of `Authorization: Bearer <key>`; undefined where the header says anything else. */
export const keyIn = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];

/** The context of a call before anyone has shown a key. */
export const callerless = (): Ctx => ({ actor: { kind: "nobody" }, clock: systemClock, meter: new CountingMeter() });
