/** An operation of the program interface: how it is reached, what it takes and answers, and the verb that does it. */
import * as z from "zod";
import type { Ctx, KeyScope } from "#lib/kernel/ctx.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Where a list goes on. */
export const Cursor = z.string().max(2048).optional().describe("As the page before said.");

export type Operation = {
  method: Method;
  /** Names in braces are fields of `input`. */
  path: `/v1/${string}`;
  /** Groups operations in the document. */
  tag: string;
  summary: string;
  description?: string;
  /** What a key needs; the verb's permission decides. Absent where any key will do. */
  scope?: KeyScope;
  /** The path's names, and what else is asked: in the query of GET and DELETE, in the body of the others. */
  input: z.ZodObject;
  answer: z.ZodType;
  status: 200 | 201;
  /** A POST that does nothing more when it is repeated, so that it takes no `Idempotency-Key`: signed URLs are not kept. */
  repeatable?: true;
  /** Whether it heeds `If-Match`, with the `ETag` of this operation's answer. */
  ifMatch?: string;
  /** `isExpected`: whether what is changed is as the caller has read it; absent where it may be anything. */
  run(ctx: Ctx, input: unknown, isExpected?: (seen: unknown) => boolean): Promise<unknown>;
};

/** Types `run` by the schemas; fields that `input` does not name are refused. */
export const operation = <I extends z.ZodObject, A extends z.ZodType>({
  run,
  input,
  status = 200,
  ...rest
}: Omit<Operation, "input" | "answer" | "run" | "status"> & {
  input: I;
  answer: A;
  status?: Operation["status"];
  run(ctx: Ctx, input: z.output<I>, isExpected?: (seen: unknown) => boolean): Promise<z.output<A>>;
}): Operation => ({
  ...rest,
  status,
  input: input.strict(),
  // Guarantee: it is called with what `input` has parsed.
  run: run as Operation["run"],
});
