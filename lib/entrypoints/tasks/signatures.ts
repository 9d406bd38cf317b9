/** The container that a schedule starts once a day: it brings the scanner's signatures up to date. */
import { refreshSignatures } from "#lib/scanning/refresh-signatures.ts";

try {
  await refreshSignatures();
} catch (error) {
  console.error(error);
  process.exit(1);
}
