/** The search for archives in strangers' bytes takes linear time. */
import { test } from "node:test";
import { tarHeader } from "#lib/inspection/testing/tars.ts";
import { requireLinear } from "#lib/testing/linear.ts";
import { archiveFormatOf } from "./archive-formats.ts";
import { contentOf } from "./content.ts";
import { TarDamaged, tarParts } from "./tar-entries.ts";
import { makeZip } from "./testing/samples.ts";
import { windowsOf } from "./windows.ts";
import { readZip, ZipDamaged, ZipUnlisted } from "./zip-entries.ts";

const rangesOf = (bytes: Uint8Array) =>
  contentOf({
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    async *stream(start, end) {
      yield bytes.subarray(start, end);
    },
  }).ranges;

const refused = (error: unknown) => {
  if (!(error instanceof ZipDamaged || error instanceof ZipUnlisted || error instanceof TarDamaged)) throw error;
};

/** The end of a zip, a thousand times, each with a directory that must be searched. */
const ends = (size: number) => {
  const locator = Buffer.alloc(42);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeUInt32LE(0x06054b50, 20);
  return Buffer.concat(Array.from({ length: size / 42 }, () => locator));
};

const tars = (size: number) => {
  const records = Buffer.from("9 size=x\n".repeat(size / 9));
  const padding = Buffer.alloc((512 - (records.length % 512)) % 512);
  return Buffer.concat([tarHeader("x", records.length, "x"), records, padding, tarHeader("a", 0)]);
};

const CASES: Record<string, [size: number, make: (size: number) => Buffer, read: (bytes: Buffer) => Promise<unknown>]> =
  {
    "ends of a zip": [8000, ends, (bytes) => readZip(rangesOf(bytes), 1000).catch(refused)],
    "entries of a zip": [
      20_000,
      (size) =>
        makeZip(Array.from({ length: size / 100 }, (_, index) => ({ name: `${index}`, bytes: Buffer.from("x") }))),
      (bytes) => readZip(rangesOf(bytes), 100_000),
    ],
    "what a tar says of an entry": [
      100_000,
      tars,
      (bytes) => Array.fromAsync(tarParts(rangesOf(bytes))).catch(refused),
    ],
    "entries of a tar": [
      100_000,
      (size) => Buffer.concat(Array.from({ length: size / 512 }, () => tarHeader("a", 0))),
      (bytes) => Array.fromAsync(tarParts(rangesOf(bytes))),
    ],
    "windows over single bytes": [
      20_000,
      (size) => Buffer.alloc(size, 1),
      async (bytes) => {
        async function* single() {
          for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
        }
        const cut = windowsOf(single(), 2000, 400);
        for (let window = await cut.next(); window; window = await cut.next()) for await (const _ of window);
      },
    ],
    "a beginning and an end": [
      8000,
      (size) => Buffer.alloc(size, "PK\x05"),
      async (bytes) => archiveFormatOf(bytes, bytes),
    ],
  };

for (const [name, [size, make, read]] of Object.entries(CASES))
  test(`eight times the bytes take about eight times the work: ${name}`, () => requireLinear(name, size, make, read));
