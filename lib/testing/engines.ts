import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before } from "node:test";
import { findDynoxide, startDynamoDb } from "#infra/local/dynamodb-engine.ts";
import { createS3 } from "#infra/local/s3/server.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const TABLE = "test-table";
const BUCKET = "test-uploads";

/** Gives the tests of a file a DynamoDB and an S3 of their own, on free ports, reached as everywhere: by environment. */
export function requireEngines(): void {
  let stop = async () => {};

  before(async () => {
    const home = mkdtempSync(join(tmpdir(), "dormouse-test-"));
    const credentials = {
      accessKeyId: "ASIATESTTESTTESTTEST",
      secretAccessKey: "secret",
      sessionToken: "token".repeat(200),
    };
    const dynamodb = await startDynamoDb({
      program: findDynoxide(PROJECT),
      file: join(home, "dynamodb.db"),
      pidFile: join(home, "dynamodb.pid"),
      tableName: TABLE,
      log: (line) => console.error(line),
    });
    const s3 = createS3({
      dataDir: join(home, "s3"),
      region: "us-east-1",
      credentials,
      buckets: [{ name: BUCKET, cors: [] }],
      ledger: () => {},
    });
    await new Promise<void>((listening) => s3.server.listen(0, "127.0.0.1", listening));
    const { port } = s3.server.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      SST_RESOURCE_App: JSON.stringify({ name: "dormouse", stage: "test" }),
      SST_RESOURCE_Table: JSON.stringify({ name: TABLE }),
      SST_RESOURCE_Uploads: JSON.stringify({ name: BUCKET }),
      SST_RESOURCE_LinkSecret: JSON.stringify({ value: "a secret of these tests" }),
    });
    stop = async () => {
      await Promise.all([dynamodb.stop(), s3.close()]);
      rmSync(home, { recursive: true, force: true });
    };
  });

  after(() => stop());
}
