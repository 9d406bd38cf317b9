import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { mutate, pick } from "./mutate.ts";
import { KINDS, type Kind, type Seed } from "./seeds.ts";

export type Case = { name: string; bytes: Uint8Array };

/** The case of this number, the same each time. */
export function caseOf(kind: Kind, seed: number, number: number, seeds: readonly Seed[]): Case {
  const random = seeded((seed * 8 + KINDS.indexOf(kind)) * 1_000_003 + number);
  // The first numbers of neighbouring seeds are alike.
  for (let round = 0; round < 4; round++) random();
  const from = pick(random, seeds);
  return { name: from.name, bytes: mutate(from, seeds, random) };
}
