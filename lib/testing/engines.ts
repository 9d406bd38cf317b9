import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before } from "node:test";
import { findDynoxide, startDynamoDb } from "#infra/local/services/dynamodb/engine.ts";
import { createS3 } from "#infra/local/services/s3/server.ts";
import { policyDocument } from "#infra/upload-rules.ts";
import { startLambda } from "./lambda.ts";
import { startStepFunctions, WORKFLOW_ARN } from "./step-functions.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const TABLE = "test-table";
const BUCKETS = { Uploads: "test-uploads", Derived: "test-derived", Signatures: "test-signatures" };

/** Shared by all engines of the tests. */
export const credentials = {
  accessKeyId: "ASIATESTTESTTESTTEST",
  secretAccessKey: "secret",
  sessionToken: "token".repeat(200),
};

/**
 * A DynamoDB, an S3 and a stub of Step Functions that runs no states, on free ports, found through the environment as
 * usual. Returns a function that stops them.
 */
export async function startEngines(): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  const dynamodb = await startDynamoDb({
    program: findDynoxide(PROJECT),
    file: join(home, "dynamodb.db"),
    pidFile: join(home, "dynamodb.pid"),
    tableName: TABLE,
    log: (line) => console.error(line),
    isolated: false,
  });
  const s3 = createS3({
    dataDir: join(home, "s3"),
    region: "us-east-1",
    credentials,
    buckets: Object.values(BUCKETS).map((name) => ({ name, cors: [], policy: policyDocument(name) })),
    ledger: () => {},
  });
  await new Promise<void>((listening) => s3.server.listen(0, "127.0.0.1", listening));
  const stepFunctions = await startStepFunctions();
  const lambda = await startLambda(credentials);
  const { port } = s3.server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    // Another test may have taken the port.
    AWS_ENDPOINT_URL_SFN: process.env.AWS_ENDPOINT_URL_SFN ?? stepFunctions.url,
    DORMOUSE_TEST_SIGNATURES: join(PROJECT, "infra/tasks/scan/test.ndb"),
    SST_RESOURCE_App: JSON.stringify({ name: "dormouse", stage: "test" }),
    SST_RESOURCE_Table: JSON.stringify({ name: TABLE }),
    ...Object.fromEntries(
      Object.entries(BUCKETS).map(([link, name]) => [`SST_RESOURCE_${link}`, JSON.stringify({ name })]),
    ),
    SST_RESOURCE_Broker: JSON.stringify({ name: "broker" }),
    SST_RESOURCE_Inspector: JSON.stringify({ name: "inspect" }),
    SST_RESOURCE_Workflow: JSON.stringify({ arn: WORKFLOW_ARN }),
    ...Object.fromEntries(
      ["LinkKeys", "GrantKeys", "SignInKeys"].map((name) => [
        `SST_RESOURCE_${name}`,
        JSON.stringify({ value: `${name} of these tests` }),
      ]),
    ),
  });
  return async () => {
    stepFunctions.close();
    lambda.close();
    await Promise.all([dynamodb.stop(), s3.close()]);
    rmSync(home, { recursive: true, force: true });
  };
}

/** Gives the tests of a file engines of their own. */
export function requireEngines(): void {
  let stop = async () => {};
  before(async () => {
    stop = await startEngines();
  });
  after(() => stop());
}
