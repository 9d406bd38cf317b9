import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where distributions install daemons; not in every user's PATH. */
const MORE = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin"];

/**
 * The path of a program of the system, or undefined when it is not installed. A variable named after it, such as
 * CLAMD_PATH, takes precedence, also when nothing is at that path.
 */
export function findProgram(name: string): string | undefined {
  const told = process.env[`${name.toUpperCase()}_PATH`];
  const places = told ? [told] : [...(process.env.PATH ?? "").split(delimiter), ...MORE].map((at) => join(at, name));
  return places.find((path) => existsSync(path));
}
