import { createCRC64 } from "hash-wasm";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { completeFiles } from "#lib/uploads/complete-files.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { signParts } from "#lib/uploads/sign-parts.ts";
import type { SignOutput } from "#lib/uploads/upload-protocol.schema.ts";

export const MIB = 1024 ** 2;

/** CRC64NVME of some bytes, in base64. */
export async function crc64(bytes: Uint8Array): Promise<string> {
  const hasher = await createCRC64("9a6c9329ac4bc9b5");
  return Buffer.from(hasher.init().update(bytes).digest("hex"), "hex").toString("base64");
}

export { seededBytes } from "#infra/local/testing/seeded.ts";

/** The request that a signature belongs to, as the upload protocol describes it. */
export function requestFor(
  signed: SignOutput,
  index: number,
  part: { ordinal: number; part: number; crc64: string },
): { url: string; headers: Record<string, string> } {
  const uploadId = signed.uploadIds[part.ordinal];
  const kind = uploadId ? signed.multipart : signed.single;
  const own = uploadId ? `&partNumber=${part.part}&uploadId=${encodeURIComponent(uploadId)}` : "";
  const query = `${signed.query}&${kind.query}${own}&X-Amz-Signature=${signed.signatures[index]}`;
  return {
    url: `${signed.origin}${signed.prefix}${part.ordinal}?${query}`,
    headers: { ...kind.headers, "x-amz-checksum-crc64nvme": part.crc64 },
  };
}

export const reservation = (transferId: string, firstOrdinal: number, files: { path: string; size: number }[]) => ({
  transferId,
  firstOrdinal,
  batch: randomToken(),
  files: files.map((file) => ({ type: "", partSize: 5 * MIB, ...file })),
});

/** Sends one small file through the protocol's verbs and S3; returns its ordinal. */
export async function sendFile(
  ctx: Ctx,
  transferId: string,
  ordinal: number,
  path: string,
  bytes: Buffer,
): Promise<number> {
  await reserveFiles(ctx, reservation(transferId, ordinal, [{ path, size: bytes.length }]));
  const part = { ordinal, part: 1, crc64: await crc64(bytes) };
  const signed = await signParts(ctx, { transferId, parts: [part] });
  const { url, headers } = requestFor(signed, 0, part);
  const put = await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
  if (!put.ok) throw new Error(`S3 answered ${put.status}: ${await put.text()}`);
  await completeFiles(ctx, { transferId, files: [{ ordinal, crc64: part.crc64 }] });
  return ordinal;
}
