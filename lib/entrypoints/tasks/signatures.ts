/** The container that a schedule starts once a day: it brings the scanner's signatures up to date. */
import { refreshSignatures } from "#lib/scanning/refresh-signatures.ts";

try {
  const changed = await refreshSignatures();
  console.log(changed.length > 0 ? `New signatures: ${changed.join(", ")}.` : "The signatures are the newest.");
} catch (error) {
  console.error(error);
  process.exit(1);
}
