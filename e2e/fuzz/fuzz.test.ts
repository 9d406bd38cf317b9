/** A few cases of `npm run fuzz` in every run of the tests: the same ones each time, within this process. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { caseOf } from "./case.ts";
import { mutate } from "./mutate.ts";
import { type Kind, seedsOf } from "./seeds.ts";
import { detected, SUBJECTS } from "./subjects.ts";

const CASES: Partial<Record<Kind, number>> = {
  picture: 25,
  pdf: 5,
  office: 50,
  archive: 50,
  media: 30,
  text: 40,
  scan: 30,
};
const SEED = 7;

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "dormouse-fuzz-test-"));
process.chdir(folder);
after(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});
// Readers leave promises behind when a file is odd, as in their threads.
process.on("unhandledRejection", () => undefined);

for (const [name, count] of Object.entries(CASES)) {
  const kind = name as Kind;
  test(`broken files are shown or refused, and never break what reads them: ${kind}`, async () => {
    const seeds = await seedsOf(kind);
    const { inside, called } = SUBJECTS[kind];
    for (let number = 1; number <= count; number++) {
      const { bytes, name } = caseOf(kind, SEED, number, seeds);
      const run = async () => {
        await detected(bytes, name);
        await (inside ?? called)(bytes, name);
      };
      await assert.doesNotReject(run(), `npm run fuzz -- --seed ${SEED} --kind ${kind} --case ${number}`);
    }
  });
}

test("cases are made of whatever is left of a file, also of nothing", () => {
  const others = [{ name: "a", bytes: Buffer.from("x") }];
  const random = seeded(3);
  for (const length of [0, 1, 2, 3, 7])
    for (let round = 0; round < 500; round++) mutate({ name: "a", bytes: Buffer.alloc(length, 0x89) }, others, random);
});

test("a case is the same each time, and another one with another number or seed", async () => {
  const seeds = await seedsOf("archive");
  const bytes = (seed: number, number: number) =>
    Buffer.from(caseOf("archive", seed, number, seeds).bytes).toString("hex");
  assert.equal(bytes(1, 5), bytes(1, 5));
  assert.ok(new Set([bytes(1, 5), bytes(1, 6), bytes(2, 5), bytes(1, 7)]).size > 2);
});
