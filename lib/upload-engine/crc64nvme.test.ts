import assert from "node:assert/strict";
import { test } from "node:test";
import { createCRC64 } from "hash-wasm";
import { Crc64 } from "./crc64-lanes.ts";
import { combine, combineParts, crcFromBase64, crcFromHex, crcToBase64, crcToHex, EMPTY_CRC } from "./crc64nvme.ts";
import { crcOfBlob } from "./hash-blob.ts";
import { seeded, seededBytes } from "./testing/seeded.ts";

const crcOf = (bytes: Uint8Array<ArrayBuffer>) => crcOfBlob(new Blob([bytes]));

test("the hasher gives CRC-64/NVME's published check value", async () => {
  assert.equal(crcToHex(await crcOf(new TextEncoder().encode("123456789"))), "ae8b14860a799888");
});

test("the checksum of nothing is zero, as S3 writes it AAAAAAAAAAA=", async () => {
  assert.equal(await crcOf(new Uint8Array()), EMPTY_CRC);
  assert.equal(crcToBase64(EMPTY_CRC), "AAAAAAAAAAA=");
});

test("for chunks of any length the checksum agrees with another implementation", async () => {
  const random = seeded(12);
  const reference = await createCRC64("9a6c9329ac4bc9b5");
  const crc = new Crc64();
  const MIB = 2 ** 20;
  for (const size of [
    1,
    7,
    8,
    9,
    4095,
    MIB - 1,
    MIB,
    MIB + 1,
    3 * MIB + 5,
    ...Array.from({ length: 12 }, () => random() * 5 * MIB),
  ]) {
    const bytes = seededBytes(size, Math.floor(size));
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() * 400_000);
      crc.update(bytes.subarray(at, end));
      at = end;
    }
    assert.equal(crcToHex(crc.digest()), reference.init().update(bytes).digest("hex"), `${bytes.length} bytes`);
  }
});

test("two pieces combine to the whole, wherever it is divided", async () => {
  const random = seeded(64);
  const whole = seededBytes(1, 200_000);
  const expected = await crcOf(whole);
  for (const cut of [0, 1, whole.length, ...Array.from({ length: 40 }, () => Math.floor(random() * whole.length))]) {
    const [head, tail] = [whole.subarray(0, cut), whole.subarray(cut)];
    assert.equal(combine(await crcOf(head), await crcOf(tail), tail.length), expected, `cut at ${cut}`);
  }
});

test("combining a terabyte of zeros in one step equals doing it in thousands", async () => {
  const partSize = 2 ** 30;
  let zeros = await crcOf(new Uint8Array(2 ** 20));
  for (let length = 2 ** 20; length < partSize; length *= 2) zeros = combine(zeros, zeros, length);
  const crcs = Array.from({ length: 1024 }, () => zeros);
  let doubled = zeros;
  for (let length = partSize; length < 2 ** 40; length *= 2) doubled = combine(doubled, doubled, length);
  assert.equal(combineParts(crcs, partSize, partSize), doubled);
});

test("parts of one size and a shorter last one combine to the file", async () => {
  const random = seeded(3);
  for (let round = 0; round < 20; round++) {
    const partSize = 1 + Math.floor(random() * 5000);
    const bytes = seededBytes(round, Math.floor(random() * 50_000));
    const crcs: bigint[] = [];
    for (let at = 0; at < bytes.length; at += partSize) crcs.push(await crcOf(bytes.slice(at, at + partSize)));
    const lastSize = bytes.length % partSize || partSize;
    assert.equal(combineParts(crcs, partSize, lastSize), await crcOf(bytes));
  }
});

test("base64 and hexadecimal are decoded to what was encoded", () => {
  for (const crc of [0n, 1n, 0xae8b14860a799888n, 2n ** 64n - 1n]) {
    assert.equal(crcFromBase64(crcToBase64(crc)), crc);
    assert.equal(crcFromHex(crcToHex(crc)), crc);
  }
  assert.throws(() => crcFromHex("12"), RangeError);
  assert.throws(() => crcFromBase64("AAAA"), RangeError);
});
