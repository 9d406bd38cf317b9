import { isTar } from "./archive-formats.ts";
import { pieces, type Ranges } from "./content.ts";

/** An invalid header, or the file ends within an entry. */
export class TarDamaged extends Error {
  override readonly name = "TarDamaged";
}

const BLOCK = 512;

/** The ranges of a tar's files, without links, folders and headers that describe other entries. */
export async function* tarParts(ranges: Ranges): AsyncGenerator<{ start: number; end: number }> {
  const read = pieces(ranges);
  /** Size of the next entry, if a header of its own says so. */
  let stated: number | undefined;
  for (let at = 0; at + BLOCK <= ranges.size; ) {
    const header = await read(at, at + BLOCK);
    at += BLOCK;
    if (header.every((byte) => byte === 0)) continue;
    if (!isTar(header)) throw new TarDamaged();
    const kind = String.fromCharCode(header[156] ?? 0);
    const own = sizeIn(header);
    const size = "xgLK".includes(kind) ? own : (stated ?? own);
    if (!Number.isSafeInteger(size) || at + size > ranges.size) throw new TarDamaged();
    if (kind === "x") stated = size <= 1024 ** 2 ? paxSize(await read(at, at + size)) : undefined;
    else if (!"gLK".includes(kind)) stated = undefined;
    if ("0\x007S".includes(kind) && size > 0) yield { start: at, end: at + size };
    // Links, devices and folders have no content, whatever size they state.
    at += "123456".includes(kind) ? 0 : Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** Octal digits, or a binary number if the first bit is set. */
function sizeIn(header: Buffer): number {
  if ((header[124] ?? 0) & 0x80) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(header.toString("latin1", 124, 136).replace(/[\0 ]+/g, "") || "0", 8);
}

function paxSize(record: Buffer): number | undefined {
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(record.toString("latin1"))?.[1];
  return size === undefined ? undefined : Number(size);
}
