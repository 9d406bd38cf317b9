import { createHash } from "node:crypto";
import { sameAddress } from "#lib/kernel/address.ts";

/** Always the same for one address in one transfer: 128 bits of SHA-256. It gives no access; the link's id does. */
export function deliveryIdOf(transferId: string, email: string): string {
  const hash = createHash("sha256")
    .update(`${transferId}\n${sameAddress(email)}`)
    .digest();
  return `dl_${hash.subarray(0, 16).toString("base64url")}`;
}
