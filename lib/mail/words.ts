import { shorten, visibleName } from "#lib/kernel/safe-text.ts";

/** What all mails have in common: how dates and names are written in them. */

/** "24 November 2026, 10:42 UTC": the reader's time zone is not known. */
export function momentInWords(iso: string): string {
  const date = new Date(iso);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** A name on one line, of a length that can be read; marks that hide its ending are made visible. */
export const nameInWords = (name: string): string => shorten(visibleName(name), 80);

export const NO_TRACKING = "This mail has no tracking pixel and loads nothing when it is opened.";
