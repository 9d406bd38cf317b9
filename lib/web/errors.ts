import { ZodError } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { type ErrorBody, InvalidInput, VisibleError } from "#lib/kernel/errors.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { withMeter } from "#lib/metering/meter.ts";

/**
 * Statuses of callers without permission, unknown callers and malformed requests. Coming too early or too late is none
 * of these.
 */
const REFUSALS = new Set([401, 403, 404, 410, 413, 415, 422, 429]);
const logged = new WeakSet<object>();

/** Runs `work` for a request: counts the resources that it uses, and logs a refusal with its actor. */
export const workFor = async <R>(ctx: Ctx, work: () => Promise<R>): Promise<R> => {
  try {
    return await withMeter(ctx.meter, work);
  } catch (error) {
    logRefusal(error, ctx);
    throw error;
  }
};

/** Logs each error once, where it is handled first. */
export function logRefusal(error: unknown, who: Pick<Ctx, "actor"> = { actor: { kind: "nobody" } }): void {
  const said = error instanceof ZodError ? new InvalidInput("") : error;
  if (!(said instanceof VisibleError) || !REFUSALS.has(said.status) || logged.has(error as object)) return;
  logged.add(error as object);
  logSecurity("request-refused", who, { code: said.code, status: said.status });
}

/** Schema errors become one sentence; anything unknown is logged and never reaches a person. */
export function toVisible(error: unknown): VisibleError {
  logRefusal(error);
  if (error instanceof VisibleError) return error;
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    return new InvalidInput(issue?.message ?? "This input can't be read.", { path: issue?.path.join(".") ?? "" });
  }
  console.error(error);
  return new VisibleError("Unexpected", 500, "Something went wrong here. Try again; nothing was lost.", {
    cause: error,
  });
}

export const bodyOf = (error: VisibleError): ErrorBody => ({
  code: error.code,
  message: error.message,
  ...(error.details ? { details: error.details } : {}),
});
