import { pack } from "tar-stream";

/** A tar of these files, by another's hand than the reader's. */
export async function buildTar(files: Record<string, string | Uint8Array>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, data] of Object.entries(files)) archive.entry({ name }, Buffer.from(data as Uint8Array));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** A tar's header alone, for an entry that claims to be of this size. */
export function tarHeader(name: string, size: number, kind = "0"): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(size < 8 ** 11 ? `${size.toString(8).padStart(11, "0")}\0` : "", 124);
  if (size >= 8 ** 11) {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write("        ", 148);
  block.write(kind, 156);
  block.write("ustar\0".concat("00"), 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
