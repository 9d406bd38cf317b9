import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { seeded, seededBytes } from "#lib/upload-engine/testing/seeded.ts";
import { readArchive } from "./archive-task.ts";
import { detectType } from "./detect-type.ts";
import { archiveLimits, documentLimits } from "./limits.ts";
import { makeDocument, makeText } from "./make-document.ts";
import { makePicture } from "./make-picture.ts";
import { readOffice } from "./office-task.ts";
import { probeMedia } from "./probe-media.ts";
import { memorySource } from "./testing/memory-source.ts";
import {
  sampleDocx,
  sampleJpeg,
  sampleMp4,
  samplePdf,
  sampleWav,
  sampleZip,
  withoutFfmpeg,
} from "./testing/samples.ts";
import { buildTar } from "./testing/tars.ts";
import { Unpreviewable } from "./unpreviewable.ts";

type Maker = { name: string; make(bytes: Uint8Array): Promise<unknown>; sample: Uint8Array; rounds: number };

const thread = 12;
const inline = 150;
const makers: Maker[] = [
  { name: "picture", make: (bytes) => makePicture(memorySource(bytes)), sample: await sampleJpeg(), rounds: inline },
  {
    name: "text",
    make: (bytes) => makeText(memorySource(bytes)),
    sample: Buffer.from("nuts".repeat(99)),
    rounds: inline,
  },
  archive("zip", "application/zip", sampleZip()),
  archive("tar", "application/x-tar", await buildTar({ "a.txt": "nuts", "b.txt": "more" })),
  archive("tgz", "application/x-compressed-tar", gzipSync(await buildTar({ "a.txt": "nuts" }))),
  archive("gzip", "application/gzip", gzipSync("nuts")),
  {
    name: "office",
    make: (bytes) => readOffice(memorySource(bytes), documentLimits, () => undefined),
    sample: sampleDocx(["Dear Hazel", "the nuts"]),
    rounds: inline,
  },
  {
    name: "pdf",
    make: (bytes) => makeDocument(memorySource(bytes), "application/pdf"),
    sample: samplePdf(),
    rounds: thread,
  },
  {
    name: "wav",
    make: (bytes) => probeMedia(memorySource(bytes), "audio/wav"),
    sample: sampleWav(0.1),
    rounds: thread,
  },
  ...((await withoutFfmpeg())
    ? []
    : [
        {
          name: "mp4",
          make: (bytes: Uint8Array) => probeMedia(memorySource(bytes), "video/mp4"),
          sample: await sampleMp4(1),
          rounds: thread,
        },
      ]),
];

/** Without its thread, which is the same for all of them: so many can be tried. */
function archive(name: string, type: string, sample: Uint8Array): Maker {
  const make = (bytes: Uint8Array) => readArchive(memorySource(bytes), { ...archiveLimits, type }, () => undefined);
  return { name, make, sample, rounds: inline };
}

/** Either something is made or a sentence says why not: nothing else may come out. */
async function survives({ name, make }: Maker, bytes: Uint8Array, what: string): Promise<void> {
  try {
    await make(bytes);
  } catch (error) {
    assert.ok(error instanceof Unpreviewable, `${name}, ${what}: ${error instanceof Error ? error.stack : error}`);
    assert.match(error.message, /^[A-Z].*[.]$/s);
  }
  const { type } = await detectType(memorySource(bytes), { name });
  assert.ok(type.includes("/"));
}

for (const maker of makers) {
  test(`${maker.name}: nothing, one byte, another kind, and cut off at every tenth`, async () => {
    await survives(maker, new Uint8Array(), "empty");
    for (const byte of [0, 0x50, 0xff]) await survives(maker, new Uint8Array([byte]), `one byte of ${byte}`);
    for (const other of [makers[0], makers[2]])
      await survives(maker, other?.sample ?? new Uint8Array(), "another kind");
    for (let tenth = 1; tenth < 10; tenth++) {
      await survives(
        maker,
        maker.sample.subarray(0, Math.floor((maker.sample.length * tenth) / 10)),
        `${tenth} tenths`,
      );
    }
  });

  test(`${maker.name}: random bytes, and random changes to a whole file`, async () => {
    const random = seeded(7);
    const byte = () => Math.floor(random() * 256);
    for (let round = 0; round < maker.rounds; round++) {
      const noise = seededBytes(round, Math.floor(random() * 3000));
      if (round < maker.rounds / 4) await survives(maker, noise, `noise ${round}`);
      const changed = Uint8Array.from(maker.sample);
      for (let change = 0; change <= round % 9; change++) changed[Math.floor(random() * changed.length)] = byte();
      await survives(maker, changed, `changed ${round}`);
    }
  });
}
