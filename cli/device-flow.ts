/** Signing in by a code that a person approves in a browser (RFC 8628). */
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { StartDeviceLogin, StartedDeviceLogin } from "#lib/device-login/device-login.schema.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { note, type Program, paint } from "./program.ts";
import { reach, Unreached } from "./reach.ts";

/** What the commands of this program need. */
const SCOPES: StartDeviceLogin["scopes"] = ["transfers:read", "transfers:write", "workspace:read"];

/** What RFC 8628 calls a refusal for now. */
const WAITING = new Set(["authorization_pending", "slow_down"]);

/** Waits until somebody has approved it, and answers the key. Rejects when it was refused, or nobody did in time. */
export async function fetchKey(program: Program, origin: string): Promise<string> {
  const wanted: StartDeviceLogin = { program: `dormouse on ${hostname()}`.slice(0, 80), scopes: SCOPES };
  const started = await post<StartedDeviceLogin>(program, `${origin}/api/device/start`, wanted);
  const { deviceCode, userCode, path, expiresIn } = started;
  note(program, `Open ${origin}${path}?code=${userCode}`);
  note(program, `and approve the code ${paint(program, "bold", userCode, "stderr")} within ${expiresIn / 60} minutes.`);
  let { interval } = started;
  for (;;) {
    await pause(program, interval);
    try {
      return (await post<{ key: string }>(program, `${origin}/api/device/poll`, { deviceCode })).key;
    } catch (error) {
      // The connection may come back while the code is valid.
      if (error instanceof Unreached) continue;
      if (!(error instanceof VisibleError) || !WAITING.has(error.code)) throw error;
      const told = Number(error.details?.["interval"]);
      if (told > interval) interval = told;
    }
  }
}

async function pause({ signal }: Program, seconds: number): Promise<void> {
  await delay(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
}

async function post<T>({ signal }: Program, url: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await reach(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  const answer: unknown = await response.json().catch(() => undefined);
  // Guarantee: the site's schema is the one that is named.
  if (response.ok && answer !== undefined) return answer as T;
  const { code = "Unexpected", message = `The site answered ${response.status}.`, details } = errorOf(answer);
  // What was refused by a person is no right.
  throw new VisibleError(code, code === "access_denied" ? 403 : response.status, message, details ? { details } : {});
}

type Refusal = { code?: string; message?: string; details?: Record<string, unknown> };

const errorOf = (answer: unknown): Refusal => (answer as { error?: Refusal } | undefined)?.error ?? {};
