import type { Recipient } from "#lib/kernel/address.ts";

/** What is written for a transfer that is not sent yet. */
export type Draft = {
  title: string;
  message: string;
  /** 0 where nothing was chosen. */
  expiryDays: number;
  downloadLimit: number;
  recipients: readonly Recipient[];
  /** Typed, and no recipient yet. */
  typed: string;
};

const EMPTY: Draft = {
  title: "",
  message: "",
  expiryDays: 0,
  downloadLimit: 0,
  recipients: [],
  typed: "",
};
const KEY = "dormouse.draft";

/** Kept while the pages change, and by the tab over a reload; some browsers keep nothing there, which loses nothing else. */
let draft: Draft | undefined;

export function getDraft(): Draft {
  draft ??= { ...EMPTY, ...restored() };
  return draft;
}

export function keepDraft(changes: Partial<Draft>): void {
  draft = { ...getDraft(), ...changes };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Storage is full or forbidden: the page still has it.
  }
}

/** It was sent, or whoever wrote it signs out. */
export function forgetDraft(): void {
  draft = EMPTY;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Then nothing was kept there either.
  }
}

/** What another version or person may have left there is looked at field by field. */
function restored(): Partial<Draft> {
  let kept: unknown;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return {};
  }
  if (typeof kept !== "object" || kept === null) return {};
  const entries = Object.entries(kept).filter(
    ([name, value]) => name in EMPTY && typeof value === typeof EMPTY[name as keyof Draft],
  );
  const found: Partial<Draft> = Object.fromEntries(entries);
  const recipients: unknown[] = Array.isArray(found.recipients) ? found.recipients : [];
  return { ...found, recipients: recipients.filter(isRecipient) };
}

function isRecipient(value: unknown): value is Recipient {
  if (typeof value !== "object" || value === null || !("email" in value)) return false;
  return typeof value.email === "string" && (!("name" in value) || typeof value.name === "string");
}
