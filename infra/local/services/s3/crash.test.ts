/**
 * After kill -9 of the engine at any moment, everything that was confirmed is there, nothing else is, and no file is
 * left over.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { BUCKET, CREDENTIALS } from "../../testing/s3.ts";
import { seededBytes } from "../../testing/seeded.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import { type S3Engine, startS3 } from "./front.ts";

const MIB = 1024 ** 2;
const PART = 5 * MIB;

/** The engine's process behind a port. `kill` sends SIGKILL; `start` starts it again on the same folder. */
async function startEngine(t: TestContext) {
  const folder = temporaryDirectory(t);
  const dataDir = join(folder, "data");
  let engine: S3Engine | undefined;
  const start = async (): Promise<void> => {
    engine = await startS3(
      {
        dataDir,
        region: "us-east-1",
        credentials: CREDENTIALS,
        buckets: [{ name: BUCKET, cors: [] }],
        ledgerDir: join(folder, "ledger"),
      },
      { log: () => undefined },
    );
  };
  const kill = async (): Promise<void> => {
    for (const pid of engine?.pids ?? []) process.kill(pid, "SIGKILL");
    await engine?.exited;
  };
  await start();
  const front = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    engine?.handOver(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as { port: number };
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: CREDENTIALS,
    forcePathStyle: true,
    maxAttempts: 1,
    // Otherwise a presigned URL would contain the checksum of an empty body.
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  t.after(async () => {
    client.destroy();
    front.close();
    await engine?.stop();
  });
  const files = () =>
    readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/sqlite|index/.test(entry.name))
      .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  return { client, start, kill, files };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("confirmed objects and parts survive; an interrupted PUT and an interrupted part leave nothing", async (t) => {
  const { client, start, kill, files } = await startEngine(t);
  const at = { Bucket: BUCKET, Key: "large" };
  const small = seededBytes(1, 100_000);
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "small", Body: small }));
  const { UploadId = "" } = await client.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: "CRC64NVME" }),
  );
  const parts = [seededBytes(2, PART), seededBytes(3, 1000)];
  const sendPart = async (number: number) => {
    const Body = parts[number - 1] ?? Buffer.alloc(0);
    const { ETag = "" } = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber: number, Body, ChecksumAlgorithm: "CRC64NVME" }),
    );
    return { PartNumber: number, ETag };
  };
  const first = await sendPart(1);

  const begun = files().length;
  const halves = [
    await getSignedUrl(client, new PutObjectCommand({ Bucket: BUCKET, Key: "half" })),
    await getSignedUrl(client, new UploadPartCommand({ ...at, UploadId, PartNumber: 2 })),
  ].map((url) => {
    const outgoing = request(url, { method: "PUT", headers: { "content-length": String(20 * MIB) } });
    const broken = new Promise<void>((resolve) => outgoing.once("error", () => resolve()));
    outgoing.write(seededBytes(4, 4 * MIB));
    return broken;
  });
  await until("both to be on their way", () => files().filter((size) => size > 0).length >= begun + 2);
  await kill();
  await Promise.all(halves);
  await start();

  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ["small"],
  );
  const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "small" }));
  assert.equal(sha256((await got.Body?.transformToByteArray()) ?? new Uint8Array()), sha256(small));
  const listed = await client.send(new ListPartsCommand({ ...at, UploadId }));
  assert.deepEqual(
    listed.Parts?.map(({ PartNumber, ETag }) => [PartNumber, ETag]),
    [[1, first.ETag]],
  );
  await until("what was half written to be removed", () => files().length === begun);

  const second = await sendPart(2);
  const complete = () =>
    client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: [first, second] } }));
  const completed = await complete();
  await kill();
  await start();
  const again = await complete();
  assert.deepEqual([again.ETag, again.ChecksumCRC64NVME], [completed.ETag, completed.ChecksumCRC64NVME]);
  const whole = await client.send(new GetObjectCommand(at));
  assert.equal(
    sha256((await whole.Body?.transformToByteArray()) ?? new Uint8Array()),
    sha256(Buffer.concat(parts)),
    "confirmed right before the kill",
  );
});
