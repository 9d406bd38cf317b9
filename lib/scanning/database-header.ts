import { closeSync, openSync, readSync } from "node:fs";

/** The header of a signature database, which ClamAV has signed. */
export type DatabaseHeader = { version: number; builtAt: Date };

const HEADER_BYTES = 512;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Reads the header of `main`, `daily` or `bytecode`, complete or incremental (`.cvd`, `.cld`): the first 512 bytes of
 * both are fields separated by colons (the “CVD file format” of ClamAV). Undefined for anything else.
 */
export function readDatabaseHeader(path: string): DatabaseHeader | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    if (readSync(file, bytes, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
  } finally {
    closeSync(file);
  }
  const fields = bytes.toString("latin1").trimEnd().split(":");
  const [magic, time = "", version = "", , , , , , seconds = ""] = fields;
  if (magic !== "ClamAV-VDB" || !/^\d+$/.test(version)) return undefined;
  const built = /^\d+$/.test(seconds) ? new Date(Number(seconds) * 1000) : readTime(time);
  return built && !Number.isNaN(built.getTime()) ? { version: Number(version), builtAt: built } : undefined;
}

/** `27 Nov 2026 08-34 -0500` */
function readTime(text: string): Date | undefined {
  const [, day = "", month = "", year, hour, minute, sign, zoneHours, zoneMinutes] =
    /^(\d{1,2}) (\w{3}) (\d{4}) (\d{2})-(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text) ?? [];
  const at = MONTHS.indexOf(month);
  if (at < 0) return undefined;
  const number = String(at + 1).padStart(2, "0");
  return new Date(`${year}-${number}-${day.padStart(2, "0")}T${hour}:${minute}:00${sign}${zoneHours}:${zoneMinutes}`);
}
