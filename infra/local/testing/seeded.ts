import { createCipheriv, createHash } from "node:crypto";

/** Bytes of any length that are always the same for one seed; about as fast as random ones. */
export function seededBytes(seed: string | number, length: number): Buffer {
  const key = createHash("sha256").update(String(seed)).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
