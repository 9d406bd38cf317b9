import type { ErrorBody } from "#lib/kernel/errors.ts";

/** Sentences for the fields of a transfer's details, and one for what belongs to none of them. */
export type DetailErrors = {
  title?: string;
  message?: string;
  expiryDays?: string;
  recipients?: string;
  form?: string;
};

const FIELDS = new Set(["title", "message", "expiryDays", "recipients"]);
const MAX_TITLE = 200;
const MAX_MESSAGE = 5000;

const tooLong = (what: string, text: string, most: number): string | undefined =>
  text.trim().length > most
    ? `${what} has at most ${most.toLocaleString("en")} characters; this has ${text.trim().length.toLocaleString("en")}.`
    : undefined;

/** What can be said before anything is sent. */
export function lengthErrors({ title, message }: { title: string; message: string }): DetailErrors {
  const errors = { title: tooLong("A title", title, MAX_TITLE), message: tooLong("A message", message, MAX_MESSAGE) };
  return Object.fromEntries(Object.entries(errors).filter(([, sentence]) => sentence !== undefined));
}

/** Puts the answer of a server action where the person can mend it. */
export function errorsOf(error: ErrorBody): DetailErrors {
  // Of a list the first part of the path is the field: `recipients.3.email`.
  const [path = ""] = error.code === "InvalidInput" ? String(error.details?.path ?? "").split(".") : [];
  return { [FIELDS.has(path) ? path : "form"]: error.message };
}
