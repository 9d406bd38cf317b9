import type { z } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { Result } from "#lib/kernel/result.ts";
import { bodyOf, toVisible, workFor } from "./errors.ts";
import { memberCtx } from "./request-ctx.ts";

/**
 * Every form calls its verb through this: the context comes from the session, the input is parsed, and errors are
 * returned as values that reach the browser.
 */
export function action<S extends z.ZodType, R>(
  schema: S,
  verb: (ctx: Ctx, input: z.output<S>) => Promise<R>,
): (input: z.input<S>) => Promise<Result<R>> {
  return async (input) => {
    try {
      const ctx = await memberCtx();
      return { ok: true, value: await workFor(ctx, () => verb(ctx, schema.parse(input))) };
    } catch (error) {
      return { ok: false, error: bodyOf(toVisible(error)) };
    }
  };
}
