import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { downloadZip } from "client-zip";
import { pack } from "tar-stream";

/** The test virus of EICAR, harmless. In two halves, so that no scanner finds it in this file. */
export const EICAR = Buffer.from(
  ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join(""),
  "latin1",
);

/** This repository's signature file for machines without signatures. */
export const TEST_SIGNATURES = new URL("../../../infra/tasks/scan/test.ndb", import.meta.url).pathname;

export async function zip(files: Record<string, Uint8Array>): Promise<Buffer> {
  const input = Object.entries(files).map(([name, bytes]) => ({ name, input: new Uint8Array(bytes) }));
  return Buffer.from(await downloadZip(input).arrayBuffer());
}

export async function tar(files: Record<string, Uint8Array>): Promise<Buffer> {
  const packed = pack();
  for (const [name, bytes] of Object.entries(files)) packed.entry({ name }, Buffer.from(bytes));
  packed.finalize();
  const blocks: Buffer[] = [];
  for await (const block of packed) blocks.push(block as Buffer);
  return Buffer.concat(blocks);
}

export const tgz = async (files: Record<string, Uint8Array>): Promise<Buffer> => gzipSync(await tar(files));

/**
 * An entry of `makeZip`. `zip64`: sizes in the zip64 field, although they are small; `descriptor`: sizes after the
 * data. `packed`: the compressed bytes; `size`: the size that the entry claims; `unlisted`: not in the directory.
 */
export type ZipSample = {
  name: string;
  bytes: Uint8Array;
  method?: number;
  zip64?: boolean;
  descriptor?: boolean;
  encrypted?: boolean;
  version?: number;
  packed?: Uint8Array;
  size?: number;
  unlisted?: boolean;
};

const u16 = (value: number) => [value & 0xff, value >>> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number) => [...u32(value), ...u32(0)];
const FULL = 0xffff_ffff;

/** A zip written byte by byte, with everything that correct and malicious programs write. */
export function makeZip(samples: ZipSample[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, method = 0, zip64, descriptor, encrypted, unlisted, ...rest } of samples) {
    const packed = rest.packed ?? (method === 8 ? deflateRawSync(bytes) : bytes);
    const size = rest.size ?? bytes.length;
    const version = u16(rest.version ?? (zip64 ? 45 : 20));
    const flags = u16((encrypted ? 1 : 0) | (descriptor ? 8 : 0));
    const crc = u32(crc32(bytes));
    const sizes = [...u32(zip64 ? FULL : packed.length), ...u32(zip64 ? FULL : size)];
    const extra = zip64 ? [...u16(1), ...u16(16), ...u64(size), ...u64(packed.length)] : [];
    const named = [...u16(name.length), ...u16(extra.length)];
    const fixed = [...flags, ...u16(method), ...u32(0)];
    const known = descriptor ? [...u32(0), ...(zip64 ? sizes : [...u32(0), ...u32(0)])] : [...crc, ...sizes];
    const after = descriptor
      ? [...u32(0x08074b50), ...crc, ...(zip64 ? u64 : u32)(packed.length), ...(zip64 ? u64 : u32)(size)]
      : [];
    const local = [
      ...[Buffer.from([0x50, 0x4b, 3, 4, ...version, ...fixed, ...known, ...named]), Buffer.from(name)],
      ...[Buffer.from(extra), Buffer.from(packed), Buffer.from(after)],
    ];
    const listed = [
      0x50,
      0x4b,
      1,
      2,
      ...version,
      ...version,
      ...fixed,
      ...crc,
      ...sizes,
      ...named,
      ...Array(10).fill(0),
    ];
    if (!unlisted)
      directory.push(Buffer.concat([Buffer.from([...listed, ...u32(at)]), Buffer.from(name), Buffer.from(extra)]));
    body.push(...local);
    at += local.reduce((sum, { length }) => sum + length, 0);
  }
  const bytes = Buffer.concat(directory);
  const count = u16(directory.length);
  const end = [0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count, ...count, ...u32(bytes.length), ...u32(at), 0, 0];
  return Buffer.concat([...body, bytes, Buffer.from(end)]);
}

/** A zip in a zip in a zip …, `depth` of them. */
export async function nestedZip(depth: number, inner: Uint8Array): Promise<Buffer> {
  let bytes: Buffer = Buffer.from(inner);
  for (let level = 0; level < depth; level++) bytes = await zip({ [`${level}.zip`]: bytes });
  return bytes;
}
