/** What happens where ClamAV's servers can't be reached: its signatures are not fetched, and that is said. */
import type { Ran } from "./container.ts";

/** curl's words, which freshclam quotes: no name was resolved, nothing connected, or nothing came in time. */
const NO_NETWORK = /Download failed \((?:5|6|7|28)\)[^\n]*Message: ([^\n]+)/;

/** Why there was no network for freshclam, in its own words, when that is what ended a command. */
export function findUnreachable({ code, said }: Ran): string | undefined {
  if (code === 0 || !/ERROR: .*Database update process failed/.test(said)) return undefined;
  return NO_NETWORK.exec(said)?.[1];
}

/** The same command of a shell, with a freshclam that writes the tests' own signatures. */
export const withTestSignatures = (command: string, signatures: string): string =>
  `freshclam() { printf '%s\\n' '${signatures.trim()}' > /var/lib/clamav/test.ndb; }; ${command}`;

export const sayUnreachable = (why: string): string =>
  `freshclam could not reach ClamAV's servers (${why}). NOT proven is therefore that it fetches their signatures; the tests' own stand in their place, so that the rest is.`;
