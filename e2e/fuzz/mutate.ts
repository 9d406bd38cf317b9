/** Changes files as somebody would who wants to break their readers: blindly, and where lengths and offsets stand. */
import { crc32 } from "node:zlib";
import type { Seed } from "./seeds.ts";

export type Random = () => number;

/** A whole number below `most`. */
export const below = (random: Random, most: number): number => Math.floor(random() * most);
export const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;

/** No file of a case is larger: what grows is found at this size, too. */
const LARGEST = 4 * 1024 ** 2;

type Field = { at: number; width: 1 | 2 | 4 | 8; big: boolean };

/** One case: the seed itself, or what a few changes make of it or of a part that is packed into it. */
export function mutate(seed: Seed, others: readonly Seed[], random: Random): Uint8Array {
  const parts = seed.parts?.();
  if (!parts || random() < 0.4) return changed(seed.bytes, others, random);
  for (let round = 0; round <= below(random, 3); round++) {
    const part = pick(random, parts);
    part.data = changed(part.data, others, random);
  }
  const whole = seed.pack?.(parts) ?? seed.bytes;
  return random() < 0.2 ? changed(whole, others, random) : whole;
}

function changed(bytes: Uint8Array, others: readonly Seed[], random: Random): Uint8Array {
  let result: Buffer = Buffer.from(bytes);
  for (let round = 0; round <= below(random, 4); round++) {
    const change = random() < 0.5 ? pick(random, STRUCTURED) : pick(random, BLIND);
    result = change(result, random, others);
    if (result.length > LARGEST) result = result.subarray(0, LARGEST);
  }
  return random() < 0.9 ? withSums(result) : result;
}

type Change = (bytes: Buffer, random: Random, others: readonly Seed[]) => Buffer;

const span = (bytes: Buffer, random: Random): [from: number, to: number] => {
  const from = below(random, bytes.length + 1);
  const most = random() < 0.7 ? 64 : bytes.length;
  return [from, Math.min(bytes.length, from + below(random, most) + 1)];
};
const join = (...pieces: Uint8Array[]): Buffer => Buffer.concat(pieces);

const BLIND: Change[] = [
  // Single bits, bytes, and runs of one byte.
  (bytes, random) => {
    const at = below(random, bytes.length);
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    return bytes;
  },
  (bytes, random) => {
    for (let round = 0; round <= below(random, 8); round++) bytes[below(random, bytes.length)] = below(random, 256);
    return bytes;
  },
  (bytes, random) => bytes.fill(pick(random, [0, 0x20, 0x41, 0x80, 0xff]), ...span(bytes, random)),
  // Cut off, cut out, doubled, moved, spliced with another file.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    const times = pick(random, [1, 2, 16, 256, 4096]);
    const piece = bytes.subarray(from, to);
    const most = Math.min(times, Math.ceil(LARGEST / Math.max(1, piece.length)));
    return join(bytes.subarray(0, to), ...Array.from({ length: most }, () => piece), bytes.subarray(to));
  },
  (bytes, random, others) => {
    const other = Buffer.from(pick(random, others).bytes);
    const [from, to] = span(other, random);
    const at = below(random, bytes.length + 1);
    return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(random() < 0.5 ? at : at + to - from));
  },
];

const STRUCTURED: Change[] = [
  // Lengths, counts and offsets at their extremes.
  (bytes, random) => {
    const fields = fieldsOf(bytes);
    for (let round = 0; fields.length > 0 && round <= below(random, 3); round++)
      set(bytes, pick(random, fields), random);
    return bytes;
  },
  // Numbers that are written in digits: those of PDF, of XML, of a tar.
  (bytes, random) => {
    const text = bytes.toString("latin1");
    const numbers = [...text.matchAll(/\d{1,20}/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = pick(random, numbers);
    const other = pick(random, [
      "0",
      "-1",
      "1",
      "65535",
      "2147483648",
      "4294967295",
      "9007199254740993",
      "1e99",
      "NaN",
    ]);
    const fresh = random() < 0.3 ? pick(random, numbers)[0] : other;
    return Buffer.from(text.slice(0, index) + fresh + text.slice(index + digits.length), "latin1");
  },
  // What formats that are written as text have a meaning for.
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    const word = Buffer.from(pick(random, WORDS).repeat(pick(random, [1, 1, 2, 30, 2000])), "latin1");
    return join(bytes.subarray(0, at), word, bytes.subarray(at));
  },
  // A piece of the format, doubled, left out or put elsewhere.
  (bytes, random) => {
    const marks = marksOf(bytes);
    if (marks.length < 2) return bytes;
    const index = below(random, marks.length - 1);
    const [from = 0, to = 0] = [marks[index], marks[index + 1]];
    const piece = bytes.subarray(from, to);
    const at = random() < 0.5 ? to : pick(random, marks);
    const without = random() < 0.3 ? join(bytes.subarray(0, from), bytes.subarray(to)) : bytes;
    const times = Math.min(pick(random, [0, 1, 1, 40, 1000]), Math.ceil(LARGEST / Math.max(1, piece.length)));
    return join(without.subarray(0, at), ...Array.from({ length: times }, () => piece), without.subarray(at));
  },
];

const WORDS = [
  ...[
    "<a>",
    "</a>",
    "<w:p>",
    "<w:t>",
    '<c r="XFD1" t="s">',
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a [",
    "&#x0;",
    "&lt;",
  ],
  ...[
    '<!ENTITY a "aaaaaaaa">&a;',
    "<AlternateContent><Choice>",
    '<row r="1048576">',
    '="',
    "<?xml ",
    "<svg ",
    "\\u202e",
  ],
  ...[
    "<<",
    ">>",
    "[",
    "]",
    "(",
    ")",
    "/",
    " 0 R ",
    "1 0 obj\n",
    "endobj\n",
    "stream\n",
    "endstream\n",
    "xref\n",
    "trailer",
  ],
  ...[
    "/Length 99999999",
    "/Count -1",
    "/Kids [2 0 R]",
    "/Filter [/FlateDecode /FlateDecode]",
    "/Prev 0",
    "/Parent 3 0 R",
  ],
  ...[
    "/MediaBox [0 0 1e9 1e9]",
    "q ",
    "1 0 0 1 0 0 cm ",
    "/I1 Do ",
    "(a) Tj ",
    "0 0 m 9 9 l S ",
    "startxref\n0\n%%EOF\n",
  ],
  ...["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "\x1f\x8b\x08", "ID3\x04", "moov", "ustar"],
  ...["\xff\xfe", "\xef\xbb\xbf", "\x1b$B", "\x1a", "\0", "\xe2\x80\xae", "../", "\r\n", "\t"],
];

const EXTREMES = [0, 1, 2, 3, 7, 0x7f, 0xff, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

function set(bytes: Buffer, { at, width, big }: Field, random: Random): void {
  const most = 2n ** BigInt(width * 8);
  const near = BigInt(bytes.length + below(random, 5) - 2);
  const value = pick(random, [
    BigInt(pick(random, EXTREMES)),
    most - 1n,
    most / 2n,
    near,
    BigInt(below(random, 2 ** 31)),
  ]);
  for (let index = 0; index < width; index++) {
    const shift = BigInt(8 * (big ? width - 1 - index : index));
    if (at + index < bytes.length) bytes[at + index] = Number(((value + most) >> shift) & 0xffn);
  }
}

const little = (at: number, width: Field["width"]): Field => ({ at, width, big: false });
const large = (at: number, width: Field["width"]): Field => ({ at, width, big: true });

/** Where a zip, PNG, JPEG, RIFF, TIFF, box file or tar has its lengths and offsets. */
function fieldsOf(bytes: Buffer): Field[] {
  const found: Field[] = [];
  const each = (mark: string, fields: (at: number) => Field[]) => {
    const needle = Buffer.from(mark, "latin1");
    for (let at = bytes.indexOf(needle); at >= 0 && found.length < 4000; at = bytes.indexOf(needle, at + 1))
      found.push(...fields(at));
  };
  each("PK\x03\x04", (at) =>
    [6, 8, 26, 28].map((more) => little(at + more, 2)).concat([18, 22].map((more) => little(at + more, 4))),
  );
  each("PK\x01\x02", (at) =>
    [8, 10, 28, 30, 32].map((more) => little(at + more, 2)).concat([20, 24, 42].map((more) => little(at + more, 4))),
  );
  each("PK\x05\x06", (at) =>
    [8, 10, 20].map((more) => little(at + more, 2)).concat([12, 16].map((more) => little(at + more, 4))),
  );
  each("PK\x06\x06", (at) => [4, 24, 32, 40, 48].map((more) => little(at + more, 8)));
  each("PK\x06\x07", (at) => [little(at + 8, 8)]);
  for (const box of BOXES)
    each(box, (at) => [large(at - 4, 4), large(at + 8, 4), large(at + 12, 4), large(at + 4 + 4 * (at % 24), 4)]);
  for (const chunk of ["IHDR", "IDAT", "PLTE", "acTL"])
    each(chunk, (at) => [large(at - 4, 4), large(at + 4, 4), large(at + 8, 4), large(at + 12, 1)]);
  for (const chunk of ["RIFF", "VP8 ", "VP8X", "fmt ", "data", "LIST"])
    each(chunk, (at) => [little(at + 4, 4), little(at + 8, 4), little(at + 12, 2)]);
  if (bytes[0] === 0xff)
    each("\xff", (at) => ((bytes[at + 1] ?? 0) >= 0xc0 ? [large(at + 2, 2), large(at + 5, 2), large(at + 7, 2)] : []));
  if (bytes[0] === 0x49 && bytes[1] === 0x49)
    for (let at = 4; at < 200; at += 4) found.push(little(at, 4), little(at, 2));
  return found.filter(({ at }) => at >= 0);
}

const BOXES =
  "ftyp moov mvhd trak tkhd mdia mdhd stbl stsd stts stsc stsz stco avc1 mp4a meta iloc ipco ispe udta".split(" ");

/** Where pieces of the format begin. */
function marksOf(bytes: Buffer): number[] {
  if (bytes.subarray(257, 262).toString("latin1") === "ustar")
    return Array.from({ length: Math.ceil(bytes.length / 512) }, (_, index) => index * 512);
  const text = bytes.toString("latin1");
  const marks = [...text.matchAll(/PK[\x01\x03\x05]|\d+ 0 obj|[A-Z]{4}|\xff[\xc0-\xfe]|<[a-z/]|moov|trak|stbl/g)];
  return marks.slice(0, 20_000).map(({ index }) => index);
}

/** With the sums right that a reader checks first: those of a PNG's chunks and of a tar's headers. */
function withSums(bytes: Buffer): Buffer {
  if (bytes.length >= 8 && bytes.readUInt32BE(0) === 0x89504e47)
    for (let at = 8; at + 12 <= bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      if (at + 12 + length > bytes.length) break;
      bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
      at += 12 + length;
    }
  for (let at = 0; at + 512 <= bytes.length && at < 100 * 512; at += 512) {
    if (bytes.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    bytes.fill(0x20, at + 148, at + 156);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
  return bytes;
}
