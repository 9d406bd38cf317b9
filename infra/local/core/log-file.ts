import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { redact } from "./redact.ts";

const MAX_BYTES = 8 * 1024 * 1024;

/** A log file of whole, redacted lines with their time. At 8 MB it becomes `<file>.1`, and a new file begins. */
export function openLogFile(file: string): (prefix: string, line: string) => void {
  mkdirSync(dirname(file), { recursive: true });
  let bytes = existsSync(file) ? statSync(file).size : 0;
  return (prefix, line) => {
    const text = `${new Date().toISOString()} ${prefix} ${redact(line)}\n`;
    if (bytes + text.length > MAX_BYTES) {
      renameSync(file, `${file}.1`);
      bytes = 0;
    }
    appendFileSync(file, text);
    bytes += Buffer.byteLength(text);
  };
}
