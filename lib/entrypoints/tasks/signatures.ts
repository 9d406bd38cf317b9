/** The container that a schedule starts once a day: it updates the scanner's signatures. */
import { refreshSignatures } from "#lib/scanning/refresh-signatures.ts";

try {
  await refreshSignatures();
} catch (error) {
  console.error(error);
  process.exit(1);
}
