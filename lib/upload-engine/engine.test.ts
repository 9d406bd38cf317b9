import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, type TestContext, test } from "node:test";
import { keyOf } from "#lib/files/object.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import type { UploadEngine, UploadEngineOptions } from "./engine.ts";
import { type PutOutcome, type PutPart, putByFetch, STALLED } from "./put.ts";
import { fastRuntime, type Rig, startRig } from "./testing/rig.ts";
import { seeded, seededBytes } from "./testing/seeded.ts";
import type { UploadSource } from "./upload-source.ts";

const MIB = 1024 ** 2;

requireEngines();

let rig: Rig;
after(() => rig.stop());

async function start(
  t: TestContext,
  options?: UploadEngineOptions,
): Promise<{ engine: UploadEngine; transferId: string }> {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  return { transferId, engine: rig.newEngine(t, options) };
}

const source = (path: string, bytes: Uint8Array<ArrayBuffer>): UploadSource => ({ path, blob: new Blob([bytes]) });

/** Resolves once `condition` holds. */
async function until(engine: UploadEngine, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${JSON.stringify(engine.getSnapshot())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function assertArrived(transferId: string, sources: UploadSource[]): Promise<void> {
  const stored = (await rig.rows(transferId)).filter((row) => row.state === "stored");
  assert.deepEqual(stored.map((row) => row.path).sort(), sources.map(({ path }) => path).sort());
  // If there are many small files, S3 is asked for several at once.
  const md5s = sources.length > 50 ? await rig.md5s(transferId) : new Map<string, string>();
  const byPath = new Map(stored.map((row) => [row.path, row]));
  for (const { path, blob } of sources) {
    const row = byPath.get(path);
    assert.ok(row);
    const bytes = Buffer.from(await blob.arrayBuffer());
    const md5 = md5s.get(keyOf(row));
    if (md5 === undefined) assert.ok(bytes.equals(await rig.read(row)), `${path} came out as it went in`);
    else assert.equal(md5, createHash("md5").update(bytes).digest("hex"), `${path} came out as it went in`);
  }
}

test("files of every kind arrive byte for byte, and the transfer is sealed", async (t) => {
  const { engine, transferId } = await start(t);
  const sources = [
    source("empty.txt", seededBytes(1, 0)),
    source("one byte", seededBytes(2, 1)),
    source("photos/2026/søvn.jpg", seededBytes(3, 300_000)),
    source("exactly one part.bin", seededBytes(4, 5 * MIB)),
    source("three parts.bin", seededBytes(5, 33 * MIB + 7)),
  ];
  engine.add(transferId, sources);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
  assert.equal((await rig.transfer(transferId)).state, "sealed");
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  const [view] = engine.getSnapshot().transfers;
  assert.equal(view?.bytesSent, view?.bytesTotal);
  assert.deepEqual(view?.files, {
    total: 5,
    unfinished: 0,
    verifying: 0,
    ready: 5,
    failed: 0,
    cancelled: 0,
    missing: 0,
  });
  assert.ok(engine.listFiles(transferId).every((file) => file.state === "ready" && file.sent === file.size));
  assert.throws(() => engine.add(transferId, sources), { code: "TransferSealed" });
});

test("sealWhenDone seals the transfer without another call", async (t) => {
  const { engine, transferId } = await start(t);
  engine.add(transferId, [source("a", seededBytes(1, 10))], { sealWhenDone: true });
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  assert.equal((await rig.transfer(transferId)).fileCount, 1);
});

test("two files with the same path both arrive, the later one renamed", async (t) => {
  const { engine, transferId } = await start(t);
  engine.add(transferId, [source("a.txt", seededBytes(1, 10)), source("a.txt", seededBytes(2, 20))]);
  engine.add(transferId, [source("a.txt", seededBytes(3, 30))]);
  await engine.seal(transferId);
  const names = (await rig.rows(transferId)).map((row) => [row.path, row.size]);
  assert.deepEqual(names, [
    ["a.txt", 10],
    ["a (2).txt", 20],
    ["a (3).txt", 30],
  ]);
});

test("every byte arrives through a network that cuts, stalls, corrupts, expires and is busy", async (t) => {
  const { engine, transferId } = await start(t);
  const random = seeded(42);
  const faults = ["cut", "busy", "late", "corrupt", "expired", "swallow"] as const;
  rig.way.judge = () => (random() < 0.4 ? faults[Math.floor(random() * faults.length)] : undefined);
  const appRandom = seeded(43);
  rig.app.judge = () => (appRandom() < 0.3 ? (appRandom() < 0.5 ? "lost" : "broken") : undefined);
  const sources = [
    source("large.bin", seededBytes(1, 31 * MIB + 1)),
    ...Array.from({ length: 40 }, (_, index) => source(`small/${index}`, seededBytes(index, 1000 * index))),
  ];
  engine.add(transferId, sources);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
  assert.equal((await rig.rows(transferId)).length, sources.length, "repeated reservations made no files twice");
  const met = new Set(rig.way.puts.map((put) => put.fault));
  assert.deepEqual([...met].filter((fault) => fault !== undefined).sort(), [...faults].sort(), "every fault was met");
});

for (const fault of ["cut", "busy", "corrupt", "expired", "swallow"] as const) {
  test(`a single ${fault} costs one more request and nothing else`, async (t) => {
    const { engine, transferId } = await start(t);
    rig.way.judge = ({ number }) => (number === 1 ? fault : undefined);
    const sources = [source("a", seededBytes(1, 100_000))];
    engine.add(transferId, sources);
    await engine.seal(transferId);
    await assertArrived(transferId, sources);
    assert.equal(rig.way.puts.length, 2);
    assert.equal(rig.app.count("sign"), fault === "expired" ? 2 : 1);
  });
}

test("a signature that expired while waiting is renewed before it is used", async (t) => {
  let ahead = 0;
  const { engine, transferId } = await start(t, {
    concurrency: () => 1,
    runtime: { ...fastRuntime, now: () => Date.now() + ahead },
  });
  rig.way.judge = ({ number }) => {
    if (number === 1) ahead = 14.5 * 60_000;
    return "late";
  };
  const sources = Array.from({ length: 5 }, (_, index) => source(`${index}`, seededBytes(index, 100)));
  engine.add(transferId, sources);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
  assert.equal(rig.way.puts.length, 5, "none was refused");
  const signed = rig.app.calls.filter((call) => call.name === "sign").flatMap((call) => call.body.parts);
  assert.ok(signed.length > 5, "what waited was signed again");
});

test("there are never more requests in flight than the limit allows", async (t) => {
  const { engine, transferId } = await start(t, { concurrency: () => 3 });
  rig.way.judge = () => "late";
  engine.add(
    transferId,
    Array.from({ length: 60 }, (_, index) => source(`${index}`, seededBytes(index, 100))),
  );
  await engine.seal(transferId);
  assert.equal(rig.way.mostUnderWay, 3);
});

test("many small files take few calls to the app, although they are more than one call takes", async (t) => {
  const { engine, transferId } = await start(t);
  engine.add(
    transferId,
    Array.from({ length: 520 }, (_, index) => source(`${index}.txt`, seededBytes(index, 20))),
  );
  await engine.seal(transferId);
  assert.equal((await rig.transfer(transferId)).fileCount, 520);
  assert.equal(rig.app.count("reserve"), 2);
  assert.ok(rig.app.count("sign") <= 520 / 40, `${rig.app.count("sign")} calls to sign`);
});

test("when another sender took the ordinals, the same batch gets other ones", async (t) => {
  const { engine, transferId } = await start(t);
  const other = rig.newEngine(t);
  other.add(transferId, [source("theirs", seededBytes(1, 10)), source("theirs too", seededBytes(2, 10))]);
  await until(other, () => other.getSnapshot().transfers[0]?.state === "stored");
  engine.add(transferId, [source("mine", seededBytes(3, 10))]);
  await engine.seal(transferId);
  assert.deepEqual(
    (await rig.rows(transferId)).map((row) => row.path),
    ["theirs", "theirs too", "mine"],
  );
  const batches = rig.app.calls.filter((call) => call.name === "reserve").map((call) => call.body.batch);
  assert.equal(batches.length, 3);
  assert.equal(batches[1], batches[2]);
});

test("if the app refuses one file, only that file fails, with the app's reason", async (t) => {
  const { engine, transferId } = await start(t);
  const sources = Array.from({ length: 9 }, (_, index) => source(`${index}`, seededBytes(index, 10)));
  const [id] = engine.add(transferId, [source("../../etc/passwd", seededBytes(1, 10)), ...sources]);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  await assertArrived(transferId, sources);
  assert.ok(id);
  assert.equal(engine.getFile(id)?.state, "failed");
  assert.equal(engine.getFile(id)?.error?.code, "InvalidInput");
  engine.cancelFile(id);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
});

/** A PUT that starts at once and finishes only when `release` is called; `held` are those that wait. */
function heldPut() {
  const held: (() => void)[] = [];
  const put: PutPart = async (request) => {
    request.onProgress(1000);
    const outcome = await new Promise<PutOutcome | undefined>((resolve) => {
      held.push(() => resolve(undefined));
      request.signal.addEventListener("abort", () => resolve({ kind: "aborted", code: "", message: "", status: 0 }));
    });
    return outcome ?? (await putByFetch(request));
  };
  const release = () => {
    for (const go of held.splice(0)) go();
  };
  return { put, held, release };
}

test("pausing finishes running parts and starts none: no part is sent twice, and progress never decreases", async (t) => {
  const { put, held, release } = heldPut();
  const { engine, transferId } = await start(t, { concurrency: () => 3, put });
  const sources = [source("a", seededBytes(1, 40 * MIB))];
  const [id = ""] = engine.add(transferId, sources);
  let [most, fellBack] = [0, 0];
  engine.subscribe(() => {
    const sent = engine.getFile(id)?.sent ?? 0;
    if (sent < most) fellBack++;
    most = Math.max(most, sent);
  });
  await until(engine, () => held.length === 3);
  engine.pause();
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "pausing");
  assert.equal(engine.getFile(id)?.state, "uploading");
  release();
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "paused");
  assert.equal(engine.getFile(id)?.state, "paused");
  assert.equal(engine.getFile(id)?.sent, 15 * MIB, "all that was under way has arrived");
  assert.equal(held.length, 0, "nothing was begun meanwhile");
  engine.resume();
  const going = setInterval(release, 5);
  t.after(() => clearInterval(going));
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
  assert.equal(rig.way.puts.length, 8, "each of eight parts went once");
  assert.equal(fellBack, 0);
});

test("pausing a second time stops running parts at once; they are sent again later", async (t) => {
  const { put, held, release } = heldPut();
  const { engine, transferId } = await start(t, { concurrency: () => 2, put });
  const sources = [source("a", seededBytes(1, 20 * MIB))];
  const [id = ""] = engine.add(transferId, sources);
  await until(engine, () => held.length === 2);
  engine.pause();
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "pausing");
  engine.pause();
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "paused");
  assert.equal(engine.getFile(id)?.sent, 0);
  engine.resume();
  const going = setInterval(release, 5);
  t.after(() => clearInterval(going));
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
});

test("a stalled connection is reported as stalled, shows no speed, and the next attempt gets more time", async (t) => {
  const stallFactors: number[] = [];
  let frozen = true;
  const put: PutPart = async (request) => {
    if (!frozen) return await putByFetch(request);
    stallFactors.push(request.stallFactor);
    request.onProgress(1000);
    return { kind: "unanswered", code: STALLED, message: "", status: 0 };
  };
  const { engine, transferId } = await start(t, { concurrency: () => 1, put });
  const sources = [source("a", seededBytes(1, 10))];
  engine.add(transferId, sources, { sealWhenDone: true });
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "stalled" && stallFactors.length >= 4);
  const [view] = engine.getSnapshot().transfers;
  assert.equal(view?.speed, 0);
  assert.equal(view?.secondsLeft, undefined);
  assert.deepEqual(stallFactors.slice(0, 4), [1, 2, 4, 8]);
  frozen = false;
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(transferId, sources);
});

test("a cancelled file is removed from the transfer, and its siblings continue", async (t) => {
  const { engine, transferId } = await start(t, { concurrency: () => 1 });
  const kept = source("kept", seededBytes(2, 1000));
  const [id = ""] = engine.add(transferId, [source("dropped", seededBytes(1, 60 * MIB)), kept]);
  await until(engine, () => (engine.getFile(id)?.sent ?? 0) > 0);
  engine.cancelFile(id);
  await engine.seal(transferId);
  await assertArrived(transferId, [kept]);
  assert.deepEqual(
    (await rig.rows(transferId)).map((row) => row.state),
    ["cancelled", "stored"],
  );
  assert.equal((await rig.keys(transferId)).length, 1);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  assert.equal(engine.getSnapshot().transfers[0]?.bytesTotal, 1000);
  assert.equal(engine.getSnapshot().transfers[0]?.bytesSent, 1000);
});

test("cancelling all files keeps the stored ones, and nothing is in flight", async (t) => {
  const { engine, transferId } = await start(t);
  const first = source("first", seededBytes(1, 10));
  engine.add(transferId, [first]);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "stored");
  engine.add(
    transferId,
    Array.from({ length: 50 }, (_, index) => source(`${index}`, seededBytes(index, MIB))),
  );
  await until(engine, () => rig.way.puts.length > 3);
  engine.cancelAll(transferId);
  await engine.seal(transferId);
  await assertArrived(transferId, [first]);
  assert.equal((await rig.keys(transferId)).length, 1);
});

test("a file that changes while it is sent fails with a sentence, and a retry sends it as it is now", async (t) => {
  const { engine, transferId } = await start(t);
  let failing = true;
  const bytes = seededBytes(1, 5000);
  class Moving extends Blob {
    override slice(...range: Parameters<Blob["slice"]>): Blob {
      return new Moving([super.slice(...range)]);
    }
    override stream(): ReturnType<Blob["stream"]> {
      if (failing) throw new DOMException("It changed.", "NotReadableError");
      return super.stream();
    }
  }
  const sources = [{ path: "moving.txt", blob: new Moving([bytes]) }];
  const [id = ""] = engine.add(transferId, sources);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  assert.equal(engine.getFile(id)?.error?.code, "FileChanged");
  assert.match(engine.getFile(id)?.error?.message ?? "", /“moving.txt” was changed/);
  failing = false;
  engine.retry(id);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(transferId, [source("moving.txt", bytes)]);
});

/**
 * A file as Firefox presents it: the size and the slices are those from when it was picked, but reading all of it
 * returns what is on disk now.
 */
class Silent extends Blob {
  readonly onDisk: () => Blob;
  readonly #size: number;
  constructor(size: number, onDisk: () => Blob) {
    super([]);
    this.#size = size;
    this.onDisk = onDisk;
  }
  override get size(): number {
    return this.#size;
  }
  override slice(from = 0, to = this.#size): Blob {
    return this.onDisk().slice(from, Math.min(to, this.#size));
  }
  override stream(): ReturnType<Blob["stream"]> {
    return this.onDisk().stream();
  }
}

const silentChanges: [how: string, picked: number, now: Uint8Array<ArrayBuffer>][] = [
  ["has grown", 3000, seededBytes(1, 3001)],
  ["has grown from nothing", 0, seededBytes(1, 5)],
  ["has shrunk", 3000, seededBytes(1, 2999)],
  ["has grown, in parts", 11 * MIB, seededBytes(1, 11 * MIB + 1)],
];
for (const [how, picked, now] of silentChanges) {
  test(`a file that ${how} since it was picked is detected, in a browser that does not report it`, async (t) => {
    const { engine, transferId } = await start(t, { changesAreSilent: true });
    const blob = new Silent(picked, () => new Blob([now]));
    const sibling = source("sibling", seededBytes(2, 10));
    const [id = ""] = engine.add(transferId, [{ path: "silent.bin", blob }, sibling]);
    await assert.rejects(engine.seal(transferId), { code: "FilesFailed", message: "One file could not be sent." });
    assert.equal(engine.getFile(id)?.error?.code, "FileChanged");
    await assertArrived(transferId, [sibling]);
  });
}

for (const how of ["grows", "is written anew"]) {
  test(`a file that ${how} after all of it was read is detected before it is completed`, async (t) => {
    const bytes = seededBytes(1, 11 * MIB);
    let onDisk = new Blob([bytes]);
    const { engine, transferId } = await start(t, { changesAreSilent: true });
    rig.way.judge = ({ number }) => {
      if (number === 3) onDisk = how === "grows" ? new Blob([bytes, "more"]) : new Blob([seededBytes(2, 11 * MIB)]);
      return undefined;
    };
    const [id = ""] = engine.add(transferId, [{ path: "silent.bin", blob: new Silent(bytes.length, () => onDisk) }]);
    await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
    assert.equal(engine.getFile(id)?.error?.code, "FileChanged");
  });
}

test("a file that does not change arrives in that browser, too", async (t) => {
  const { engine, transferId } = await start(t, { changesAreSilent: true });
  const sources = [3000, 11 * MIB].map((size) => {
    const bytes = new Blob([seededBytes(size, size)]);
    return { path: `${size}`, blob: new Silent(size, () => bytes) };
  });
  engine.add(transferId, sources);
  await engine.seal(transferId);
  assert.equal((await rig.rows(transferId)).filter(({ state }) => state === "stored").length, 2);
});

test("a file that S3 refuses fails with S3's error code, and can be retried", async (t) => {
  const { engine, transferId } = await start(t);
  rig.way.judge = () => "busy";
  const sources = [source("a", seededBytes(1, 10))];
  const [id = ""] = engine.add(transferId, sources);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  assert.equal(engine.getFile(id)?.error?.code, "SlowDown");
  rig.way.judge = () => undefined;
  engine.retry(id);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
});

test("when the sign-in has ended all files wait, and continue after a new sign-in", async (t) => {
  const { engine, transferId } = await start(t);
  rig.app.judge = ({ name }) => (name === "sign" ? { status: 401, code: "NotSignedIn" } : undefined);
  const sources = [source("a", seededBytes(1, 10))];
  engine.add(transferId, sources);
  await assert.rejects(engine.seal(transferId), { code: "NotSignedIn" });
  await until(engine, () => engine.getSnapshot().transfers[0]?.problem?.code === "NotSignedIn");
  rig.app.judge = () => undefined;
  engine.resume();
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
});

test("files of a transfer that does not exist fail with the app's sentence", async (t) => {
  const { engine } = await start(t);
  const transferId = `tr_${"x".repeat(22)}`;
  const [id = ""] = engine.add(transferId, [source("a", seededBytes(1, 10))]);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  assert.equal(engine.getFile(id)?.error?.code, "TransferNotFound");
});

test("the snapshot and its files are the same objects until something changes", async (t) => {
  const { engine, transferId } = await start(t);
  engine.add(transferId, [source("a", seededBytes(1, 10)), source("b", seededBytes(2, 10))]);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "stored");
  assert.equal(engine.getSnapshot(), engine.getSnapshot());
  assert.equal(engine.listFiles(transferId)[1], engine.getFile(`${transferId}/1`));
  const [a, b] = engine.listFiles(transferId);
  engine.cancelFile(a?.id ?? "");
  assert.notEqual(engine.listFiles(transferId)[0], a);
  assert.equal(engine.listFiles(transferId)[1], b);
  assert.deepEqual(engine.listFiles(transferId, 1, 2), [b]);
});

test("closing rejects the promises of callers that wait for the seal", async (t) => {
  const { engine, transferId } = await start(t);
  engine.add(transferId, [source("a", seededBytes(1, 10 * MIB))]);
  const sealed = engine.seal(transferId);
  engine.close();
  await assert.rejects(sealed, { code: "Closed" });
});

/** Credentials have a session token as long as a role's. The headers of a call count as 1.2 KiB each way. */
test("the app's traffic for 256 MiB stays below a quarter of 64 KiB plus the fixed cost of a transfer", async (t) => {
  const { engine, transferId } = await start(t);
  const part = new Blob([seededBytes(1, 16 * MIB)]);
  engine.add(transferId, [{ path: "large", blob: new Blob(Array.from({ length: 16 }, () => part)) }]);
  await engine.seal(transferId);
  const bytes = rig.app.calls.reduce((sum, call) => sum + call.bytes + 2 * 1.2 * 1024, 0);
  const once = rig.app.calls
    .filter((call) => call.name !== "sign")
    .reduce((sum, call) => sum + call.bytes + 2 * 1.2 * 1024, 0);
  t.diagnostic(
    `${(bytes / 1024).toFixed(1)} KiB in ${rig.app.calls.length} calls, of them ${rig.app.count("sign")} to sign`,
  );
  assert.ok(bytes - once <= 16 * 1024 + 4 * 1024, `${bytes - once} bytes of signing`);
});

test("a disk that fails in the middle of a file fails that file with a sentence, and its sibling arrives", async (t) => {
  const { engine, transferId } = await start(t);
  class Broken extends Blob {
    override slice(...range: Parameters<Blob["slice"]>): Blob {
      return new Broken([super.slice(...range)]);
    }
    override stream(): ReturnType<Blob["stream"]> {
      let given = false;
      return new ReadableStream({
        pull(controller) {
          if (given) return controller.error(new DOMException("The disk failed.", "NotReadableError"));
          given = true;
          controller.enqueue(new Uint8Array(1000));
        },
      });
    }
  }
  const sibling = source("sibling", seededBytes(2, 10));
  const [id = ""] = engine.add(transferId, [{ path: "broken.bin", blob: new Broken([seededBytes(1, 5000)]) }, sibling]);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed", message: "One file could not be sent." });
  assert.equal(engine.getFile(id)?.error?.code, "FileChanged");
  assert.match(engine.getFile(id)?.error?.message ?? "", /“broken.bin” was changed, moved or removed/);
  await assertArrived(transferId, [sibling]);
});

for (const hours of [5, -5]) {
  test(`a client's clock that is wrong by ${hours} hours costs nothing`, async (t) => {
    const { engine, transferId } = await start(t, {
      runtime: { ...fastRuntime, now: () => Date.now() + hours * 3_600_000 },
    });
    const sources = [source("a", seededBytes(1, 20 * MIB)), source("b", seededBytes(2, 10))];
    engine.add(transferId, sources);
    await engine.seal(transferId);
    await assertArrived(transferId, sources);
    assert.equal(rig.way.puts.length, 5, "no signature was refused or taken for old");
  });
}

test("a file fails after three more signatures if S3 refuses each one, as for a server with a wrong clock", async (t) => {
  const { engine, transferId } = await start(t);
  rig.way.judge = () => "expired";
  const sources = [source("a", seededBytes(1, 10))];
  const [id = ""] = engine.add(transferId, sources);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  assert.equal(rig.way.puts.length, 4);
  assert.equal(engine.getFile(id)?.error?.code, "SignatureDoesNotMatch");
  rig.way.judge = () => undefined;
  engine.retry(id);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
});

test("when a quota is reached, files that fit stay; the others say why, and are sent after the limit is raised", async (t) => {
  const { engine, transferId } = await start(t);
  await rig.limit({ workspace: 5050 });
  const sources = Array.from({ length: 510 }, (_, index) => source(`${index}`, seededBytes(index, 10)));
  const ids = engine.add(transferId, sources);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed", message: "10 files could not be sent." });
  await assertArrived(transferId, sources.slice(0, 500));
  for (const id of ids.slice(500)) {
    assert.equal(engine.getFile(id)?.error?.code, "QuotaReached");
    assert.match(engine.getFile(id)?.error?.message ?? "", /^[A-Z].*\.$/);
  }
  await rig.limit({ workspace: 6000 });
  for (const id of ids.slice(500)) engine.retry(id);
  await engine.seal(transferId);
  await assertArrived(transferId, sources);
});

test("only a file over the limit fails, with the app's sentence", async (t) => {
  const { engine, transferId } = await start(t);
  await rig.limit({ file: 100 });
  const small = [source("a", seededBytes(1, 100)), source("b", seededBytes(2, 10))];
  const [id = ""] = engine.add(transferId, [source("large", seededBytes(3, 101)), ...small]);
  await assert.rejects(engine.seal(transferId), { code: "FilesFailed" });
  await assertArrived(transferId, small);
  assert.equal(engine.getFile(id)?.error?.code, "FileTooLarge");
  assert.match(engine.getFile(id)?.error?.message ?? "", /^[A-Z].*\.$/);
});

test("beginning creates the transfer in one call that also signs the parts hashed while the person wrote", async (t) => {
  const { engine } = await start(t);
  const sources = [source("large.bin", seededBytes(1, 33 * MIB + 7)), source("small", seededBytes(2, 10))];
  await engine.prepare(sources);
  const { id, title } = await engine.begin({ title: "Hazel" }, sources);
  assert.equal(title, "Hazel");
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(id, sources);
  assert.equal(rig.app.count("begin"), 1);
  assert.equal(rig.app.count("reserve"), 0);
  const signed = rig.app.calls.filter(({ name }) => name === "sign").flatMap(({ body }) => body.parts as unknown[]);
  assert.deepEqual(
    signed.map((part) => (part as { ordinal: number }).ordinal),
    [1],
    "only the small file, which is not hashed ahead",
  );
});

test("when begun with more files than one call takes, the others are reserved afterwards", async (t) => {
  const { engine } = await start(t);
  const sources = Array.from({ length: 510 }, (_, index) => source(`${index % 7}/${index}`, seededBytes(index, 10)));
  const { id } = await engine.begin({}, sources);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(id, sources);
  assert.deepEqual([rig.app.count("begin"), rig.app.count("reserve")], [1, 1]);
});

test("a lost answer to begin creates no second transfer, and three lost answers end the attempt", async (t) => {
  const { engine } = await start(t);
  rig.app.judge = ({ name, number }) => (name === "begin" && number === 1 ? "lost" : undefined);
  const sources = [source("a", seededBytes(1, 10))];
  const { id } = await engine.begin({}, sources);
  await until(engine, () => engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(id, sources);
  assert.equal(rig.app.count("begin"), 2);
  assert.equal((await rig.transfers()).length, 2, "this one, and the rig's own");
  rig.app.judge = () => "broken";
  await assert.rejects(engine.begin({}, sources), { status: 503 });
  assert.equal(rig.app.count("begin"), 5);
  assert.equal(engine.getSnapshot().transfers.length, 1);
});

test("if the app refuses one of the first files, only that one fails; over a limit no transfer is created", async (t) => {
  const { engine } = await start(t);
  const good = [source("a", seededBytes(1, 10)), source("b", seededBytes(2, 10))];
  const { id } = await engine.begin({}, [source("../../etc/passwd", seededBytes(3, 10)), ...good]);
  await until(engine, () => engine.getSnapshot().transfers[0]?.files.failed === 1);
  await assert.rejects(engine.seal(id), { code: "FilesFailed" });
  await assertArrived(id, good);
  await rig.limit({ file: 5 });
  await assert.rejects(engine.begin({}, good), { code: "FileTooLarge", details: { limit: 5, file: 0 } });
  assert.equal(engine.getSnapshot().transfers.length, 1);
});
