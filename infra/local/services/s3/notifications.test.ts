import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetBucketCorsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { DERIVED_BUCKET, SIGNATURES_BUCKET, UPLOADS_BUCKET } from "../../environment.ts";
import { startTestCloud } from "../../testing/cloud.ts";
import { BUCKET, CREDENTIALS } from "../../testing/s3.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import { startS3 } from "./front.ts";
import { hasNotifications } from "./index-db.ts";

const NOTE = "export const handler = async (event) => { seen(event.Records[0]); };";

type EventRecord = {
  eventVersion: string;
  eventName: string;
  s3: { bucket: { name: string; arn: string }; object: { key: string; size: number; eTag: string; sequencer: string } };
};

test("an object that is put, copied or completed calls the function with S3's own event; other buckets call nothing", async (t) => {
  const { s3, seen } = await startTestCloud(t, { objects: NOTE });
  const Bucket = UPLOADS_BUCKET;
  await s3.send(new PutObjectCommand({ Bucket: DERIVED_BUCKET, Key: "thumb.webp", Body: "x" }));
  await s3.send(new PutObjectCommand({ Bucket: SIGNATURES_BUCKET, Key: "daily.cvd", Body: "x" }));
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: "ws/a (1) ü+b.txt", Body: "hello" }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/ws/a%20(1)%20%C3%BC%2Bb.txt` }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "large" }));
  const { ETag } = await s3.send(
    new UploadPartCommand({ Bucket, Key: "large", UploadId, PartNumber: 1, Body: "part" }),
  );
  const completed = await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: "large",
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
    }),
  );
  await until("three events", () => seen("objects").length === 3);
  const records = (seen("objects") as EventRecord[]).sort((a, b) =>
    a.s3.object.sequencer < b.s3.object.sequencer ? -1 : 1,
  );
  assert.deepEqual(
    records.map(({ eventVersion, eventName, s3: { bucket, object } }) => [
      eventVersion,
      eventName,
      bucket.name,
      object.key,
      object.size,
      `"${object.eTag}"`,
    ]),
    [
      ["2.1", "ObjectCreated:Put", Bucket, "ws/a+%281%29+%C3%BC%2Bb.txt", 5, put.ETag],
      ["2.1", "ObjectCreated:Copy", Bucket, "copy", 5, put.ETag],
      ["2.1", "ObjectCreated:CompleteMultipartUpload", Bucket, "large", 4, completed.ETag],
    ],
  );
});

test("no notification is lost by kill -9 of engine and router right after a PUT", async (t) => {
  const { s3, seen, engine, stop, start } = await startTestCloud(t, { objects: NOTE });
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: UPLOADS_BUCKET, Key, Body: Key }));
  const keys = (): string[] =>
    [...new Set((seen("objects") as EventRecord[]).map((record) => record.s3.object.key))].sort();
  for (const round of [1, 2, 3]) {
    await put(`engine-${round}`);
    process.kill((await engine("s3"))?.pids[0] ?? 0, "SIGKILL");
  }
  await until("those of the engines", () => keys().length === 3);
  for (const round of [1, 2, 3]) {
    await put(`router-${round}`);
    await stop("kill");
    await start();
  }
  await until("those of the routers", () => keys().length === 6);
  assert.deepEqual(keys(), ["engine-1", "engine-2", "engine-3", "router-1", "router-2", "router-3"]);
});

test("a notification that was not accepted is repeated at the engine's next start, and deleted once it was accepted", async (t) => {
  const dataDir = temporaryDirectory(t);
  const config = {
    dataDir,
    region: "us-east-1",
    credentials: CREDENTIALS,
    buckets: [{ name: BUCKET, cors: [], notifications: "test" }],
    ledgerDir: temporaryDirectory(t),
  };
  assert.equal(hasNotifications(temporaryDirectory(t)), false);
  const { createS3 } = await import("./server.ts");
  const s3 = createS3({ ...config, ledger: () => {} });
  await new Promise<void>((resolve) => s3.server.listen(0, "127.0.0.1", resolve));
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { port } = s3.server.address() as { port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint, region: "us-east-1", credentials: CREDENTIALS, forcePathStyle: true });
  for (const Key of ["one", "two"]) await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Key }));
  assert.equal(hasNotifications(dataDir), true, "in the engine's hands");
  client.destroy();
  await s3.close();
  assert.equal(hasNotifications(dataDir), true);

  const taken: string[] = [];
  let refuses = true;
  const run = async (count: number): Promise<void> => {
    const engine = await startS3(config, {
      log: () => {},
      onObject(event) {
        const [record] = (event as { Records: EventRecord[] }).Records;
        taken.push(record?.s3.object.key ?? "");
        if (refuses) throw new Error("not now");
      },
    });
    await until(`${count} calls`, () => taken.length === count);
    await engine.stop();
  };
  await run(1);
  refuses = false;
  await run(3);
  assert.deepEqual(taken, ["one", "one", "two"]);
  assert.equal(hasNotifications(dataDir), false);
});

test("the app's origin may read renditions but not write them, and no other origin may do either", async (t) => {
  const { s3, environment } = await startTestCloud(t, {});
  const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket: DERIVED_BUCKET }));
  assert.deepEqual(
    CORSRules?.map(({ AllowedMethods, AllowedOrigins }) => [AllowedMethods, AllowedOrigins]),
    [
      [
        ["GET", "HEAD"],
        [`http://localhost:${environment.port}`, `http://127.0.0.1:${environment.port}`],
      ],
    ],
  );
});
