/** What all mails have in common: how sizes, dates and names are written in them. */

const UNITS = ["bytes", "KB", "MB", "GB", "TB", "PB"] as const;

/** A size in decimal units with three digits, as on the pages. */
export function sizeInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && value >= 999.5) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** "24 November 2026, 10:42 UTC": the reader's time zone is not known. */
export function momentInWords(iso: string): string {
  const date = new Date(iso);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

export const countInWords = (count: number, one: string): string =>
  `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;

/** A name on one line, of a length that can be read; marks that hide its ending are made visible. */
export function nameInWords(name: string, most = 80): string {
  const letters = [
    ...name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd"),
  ];
  if (letters.length <= most) return letters.join("");
  const tail = Math.floor(most / 3);
  return `${letters.slice(0, most - tail - 1).join("")}…${letters.slice(-tail).join("")}`;
}

export const NO_TRACKING = "This mail has no tracking pixel and loads nothing when it is opened.";
