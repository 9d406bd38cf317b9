/**
 * CRC-64/NVME in a WebAssembly module that is assembled here. Each table lookup depends on the one before it. So a
 * block is divided into four lanes, which are processed in turn while the others wait, and combined at the end of the
 * block: about twice as fast as a single lane.
 */
import { multiply, POLYNOMIAL, shift } from "./crc64nvme.ts";

const BLOCK = 1024 ** 2;
const LANES = 4;
const STRIDE = BLOCK / LANES;
/** The module's memory: eight tables of 256 numbers, the state of each lane, then the bytes. */
const TABLE = 256 * 8;
const STATE = 8 * TABLE;
const DATA = 65_536;
const ALL_ONES = 2n ** 64n - 1n;

/** Opcodes from the WebAssembly core specification, "Instructions". */
const op = {
  loop: [0x03, 0x40],
  end: [0x0b],
  branchIf: [0x0d, 0],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  load: (offset: number) => [0x29, 0, ...unsigned(offset)],
  store: (offset: number) => [0x37, 0, ...unsigned(offset)],
  int: (value: number) => [0x41, ...signed(value)],
  long: (value: number) => [0x42, ...signed(value)],
  isLess: [0x49],
  add: [0x6a],
  times: [0x6c],
  and: [0x71],
  shiftLeft: [0x74],
  xor64: [0x85],
  shiftRight64: [0x88],
  wrap: [0xa7],
};

/** LEB128. */
function unsigned(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const low = value & 127;
  const isLast = (value >> 6 === 0 && value >= 0) || value >> 6 === -1;
  return isLast ? [low] : [low | 128, ...signed(value >> 7)];
}

const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content];
const text = (name: string) => [name.length, ...new TextEncoder().encode(name)];

/** `run(at, stride)`: each lane processes `stride` bytes, a multiple of 8; the lanes' pieces are consecutive. */
function runFunction(lanes: number): number[] {
  const [at, stride, end] = [0, 1, 2];
  const all = Array.from({ length: lanes }, (_, lane) => ({ lane, crc: 3 + 2 * lane, word: 4 + 2 * lane }));
  const lookup = (word: number, byte: number) => [
    ...op.get(word),
    ...(byte === 0 ? [] : [...op.long(8 * byte), ...op.shiftRight64]),
    ...op.wrap,
    ...[...op.int(255), ...op.and, ...op.int(3), ...op.shiftLeft],
    ...op.load((7 - byte) * TABLE),
    ...(byte === 0 ? [] : op.xor64),
  ];
  const body = [
    ...all.flatMap(({ lane, crc }) => [...op.int(0), ...op.load(STATE + 8 * lane), ...op.set(crc)]),
    ...[...op.get(at), ...op.get(stride), ...op.add, ...op.set(end)],
    ...op.loop,
    ...all.flatMap(({ lane, crc, word }) => [
      ...op.get(crc),
      ...[...op.get(at), ...op.get(stride), ...op.int(lane), ...op.times, ...op.add, ...op.load(0)],
      ...[...op.xor64, ...op.set(word)],
    ]),
    ...all.flatMap(({ crc, word }) => [...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((b) => lookup(word, b)), ...op.set(crc)]),
    ...[...op.get(at), ...op.int(8), ...op.add, ...op.tee(at), ...op.get(end), ...op.isLess, ...op.branchIf],
    ...op.end,
    ...all.flatMap(({ lane, crc }) => [...op.int(0), ...op.get(crc), ...op.store(STATE + 8 * lane)]),
    ...op.end,
  ];
  const [i32, i64] = [0x7f, 0x7e];
  const code = [2, 1, i32, 2 * lanes, i64, ...body];
  return [...unsigned(code.length), ...code];
}

const MODULE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 2, 0x7f, 0x7f, 0),
  ...section(3, 2, 0, 0),
  ...section(5, 1, 0, (DATA + BLOCK) / 65_536),
  ...section(7, 3, ...text("memory"), 2, 0, ...text("lanes"), 0, 0, ...text("line"), 0, 1),
  ...section(10, 2, ...runFunction(LANES), ...runFunction(1)),
]);

type Exports = { memory: WebAssembly.Memory; lanes: Run; line: Run };
type Run = (at: number, stride: number) => void;

/** By the number of bytes that follow: how a byte changes the checksum. */
const TABLES = makeTables();

function makeTables(): BigUint64Array[] {
  const first = BigUint64Array.from({ length: 256 }, (_, byte) => {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    return crc;
  });
  const tables = [first];
  for (let last = first; tables.length < 8; tables.push(last)) {
    last = last.map((crc) => (crc >> 8n) ^ entry(first, crc));
  }
  return tables;
}

function entry(table: BigUint64Array | undefined, byte: bigint): bigint {
  return table?.[Number(byte & 255n)] ?? 0n;
}

/** How appending the zeros of one lane changes a checksum, for each of the checksum's bytes. */
const OVER_A_LANE = overZeros(STRIDE);

/** The map is linear over GF(2): of each byte the eight powers of two are computed, and the others put together of them. */
function overZeros(bytes: number): BigUint64Array[] {
  const factor = shift(bytes);
  return Array.from({ length: 8 }, (_, at) => {
    const table = new BigUint64Array(256);
    for (let byte = 1; byte < 256; byte++) {
      const rest = byte & (byte - 1);
      const own = rest === 0 ? multiply(BigInt(byte) << BigInt(8 * at), factor) : table[byte - rest];
      table[byte] = (table[rest] ?? 0n) ^ (own ?? 0n);
    }
    return table;
  });
}

/** A running checksum. It can be used again after `digest`. */
export class Crc64 {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #run: Exports;
  #crc = ALL_ONES;
  #filled = 0;

  constructor() {
    // Guarantee: the module above exports these three.
    this.#run = new WebAssembly.Instance(new WebAssembly.Module(MODULE)).exports as Exports;
    this.#bytes = new Uint8Array(this.#run.memory.buffer);
    this.#view = new DataView(this.#run.memory.buffer);
    for (const [at, table] of TABLES.entries()) {
      for (const [byte, crc] of table.entries()) this.#view.setBigUint64(at * TABLE + byte * 8, crc, true);
    }
  }

  update(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + BLOCK - this.#filled);
      this.#bytes.set(piece, DATA + this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === BLOCK) this.#block();
    }
  }

  digest(): bigint {
    const words = this.#filled - (this.#filled % 8);
    if (words > 0) this.#crc = this.#states(this.#run.line, words)[0] ?? this.#crc;
    for (const byte of this.#bytes.subarray(DATA + words, DATA + this.#filled)) {
      this.#crc = (this.#crc >> 8n) ^ entry(TABLES[0], this.#crc ^ BigInt(byte));
    }
    const crc = this.#crc ^ ALL_ONES;
    this.reset();
    return crc;
  }

  reset(): void {
    this.#crc = ALL_ONES;
    this.#filled = 0;
  }

  #block(): void {
    this.#crc = this.#states(this.#run.lanes, STRIDE).reduce(
      (whole, lane) => OVER_A_LANE.reduce((sum, table, at) => sum ^ entry(table, whole >> BigInt(8 * at)), lane),
      0n,
    );
    this.#filled = 0;
  }

  /** The state of each lane after its run. The first continues from the checksum so far, the others start at zero. */
  #states(run: Run, stride: number): bigint[] {
    const lanes = Array.from({ length: LANES }, (_, lane) => STATE + 8 * lane);
    for (const at of lanes) this.#view.setBigUint64(at, at === STATE ? this.#crc : 0n, true);
    run(DATA, stride);
    return lanes.map((at) => this.#view.getBigUint64(at, true));
  }
}
