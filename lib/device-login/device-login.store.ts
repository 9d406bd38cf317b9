import { createHash, timingSafeEqual } from "node:crypto";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { KeyScope } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

export const EXPIRES_SECONDS = 600;
export const INTERVAL_SECONDS = 5;

/** No vowels, so that codes spell nothing, and no letter that is taken for another: RFC 8628 recommends these. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_LENGTH = 8;

export type DeviceLoginRow = {
  userCode: string;
  hash: string;
  program: string;
  scopes: KeyScope[];
  state: "asked" | "approved" | "refused";
  workspaceId?: string | undefined;
  memberId?: string | undefined;
  origin?: string | undefined;
  nextPoll: number;
  interval: number;
};

const hashOf = (deviceCode: string): string => createHash("sha256").update(deviceCode).digest("base64url");

function randomUserCode(): string {
  let code = "";
  while (code.length < CODE_LENGTH) {
    // 240 is a multiple of the number of letters, so that each is as likely as the others.
    for (const byte of crypto.getRandomValues(new Uint8Array(CODE_LENGTH)))
      if (byte < 240 && code.length < CODE_LENGTH) code += LETTERS[byte % LETTERS.length];
  }
  return code;
}

/** The program's secret begins with the person's code, by which its row is found; only its hash is kept. */
export async function insertDeviceLogin(
  asked: { program: string; scopes: KeyScope[] },
  now: Date,
): Promise<{ deviceCode: string; userCode: string }> {
  const userCode = randomUserCode();
  const deviceCode = `${userCode}.${randomToken(43)}`;
  await db()
    .entities.deviceLogin.create({
      userCode,
      hash: hashOf(deviceCode),
      ...asked,
      state: "asked",
      nextPoll: now.getTime() + INTERVAL_SECONDS * 1000,
      interval: INTERVAL_SECONDS,
      expires: epochSeconds(now) + EXPIRES_SECONDS,
    })
    .go();
  return { deviceCode, userCode };
}

export async function findDeviceLogin(userCode: string, now: Date): Promise<DeviceLoginRow | undefined> {
  const { data } = await db().entities.deviceLogin.get({ userCode }).go({ consistent: true });
  return data && data.expires > epochSeconds(now) ? data : undefined;
}

/** By the program's secret. */
export async function findDeviceLoginBySecret(deviceCode: string, now: Date): Promise<DeviceLoginRow | undefined> {
  const row = await findDeviceLogin(deviceCode.split(".")[0] || "none", now);
  const same = row && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hashOf(deviceCode)));
  return same ? row : undefined;
}

/** Answers false when somebody has decided before. */
export const decideDeviceLoginRow = (
  userCode: string,
  decision: { state: "approved" | "refused"; workspaceId: string; memberId: string; origin?: string | undefined },
): Promise<boolean> => {
  const { origin, ...rest } = decision;
  return conditionHeld(() =>
    db()
      .entities.deviceLogin.patch({ userCode })
      .set({ ...rest, ...(origin ? { origin } : {}) })
      .where(({ state }, { eq }) => eq(state, "asked"))
      .go(),
  );
};

/** When the program may ask again; an interval of its own after it asked too early. */
export async function notePoll(userCode: string, nextPoll: number, interval: number): Promise<void> {
  await conditionHeld(() => db().entities.deviceLogin.patch({ userCode }).set({ nextPoll, interval }).go());
}

/** Takes an approved row away; answers true to one caller alone. */
export const takeDeviceLogin = (userCode: string): Promise<boolean> =>
  conditionHeld(() =>
    db()
      .entities.deviceLogin.remove({ userCode })
      .where(({ state }, { eq }) => eq(state, "approved"))
      .go(),
  );

/** Counts a start; answers how many there were from this address, this one included. */
export async function countDeviceStart(who: string, expires: number): Promise<number> {
  const { data } = await db()
    .entities.deviceStart.upsert({ who, expires })
    .add({ count: 1 })
    .go({ response: "all_new" });
  return data.count ?? 1;
}
