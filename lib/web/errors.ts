import { ZodError } from "zod";
import { type ErrorBody, InvalidInput, VisibleError } from "#lib/kernel/errors.ts";

/** Schema errors become one sentence; anything unknown is logged and never reaches a person. */
export function toVisible(error: unknown): VisibleError {
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
