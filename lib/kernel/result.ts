import type { ErrorBody } from "./errors.ts";

/** The answer of a server action: thrown errors do not survive the way to the browser, this does. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorBody };
