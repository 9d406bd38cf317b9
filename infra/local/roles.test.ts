/**
 * The local cloud knows which function calls it: for a missing object a function gets the status that its role gets on
 * AWS.
 */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { childEnvironment } from "./core/child-process.ts";
import { DERIVED_BUCKET, UPLOADS_BUCKET } from "./environment.ts";
import { loadEnvironment } from "./load-environment.ts";
import { callersOf, isolatedTasks, PROGRAMS } from "./roles.ts";
import { startTestCloud } from "./testing/cloud.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const SDK = createRequire(import.meta.url).resolve("@aws-sdk/client-s3");

/** Answers S3's status for a missing object in each of the given buckets. */
const HANDLER = `
import sdk from ${JSON.stringify(SDK)};
const client = new sdk.S3Client({ forcePathStyle: true, maxAttempts: 1 });
export const handler = ({ buckets }) => Promise.all(buckets.map((Bucket) =>
  client.send(new sdk.HeadObjectCommand({ Bucket, Key: "missing" })).then(
    () => 200,
    (error) => error.$metadata.httpStatusCode,
  )));
`;

test("a missing object is 404 to a function that may list its bucket, and 403 to another", async (t) => {
  const cloud = await startTestCloud(t, { preview: HANDLER, announce: HANDLER });
  const ask = async (FunctionName: string): Promise<unknown> => {
    const Payload = JSON.stringify({ buckets: [UPLOADS_BUCKET, DERIVED_BUCKET] });
    const { Payload: answer } = await cloud.lambda.send(new InvokeCommand({ FunctionName, Payload }));
    return JSON.parse(Buffer.from(answer ?? []).toString()) as unknown;
  };
  assert.deepEqual(await ask("preview"), [404, 403]);
  assert.deepEqual(await ask("announce"), [403, 403]);
  await assert.rejects(cloud.s3.send(new HeadObjectCommand({ Bucket: UPLOADS_BUCKET, Key: "missing" })), {
    name: "NotFound",
  });
});

test("each program has credentials of its own, the same at each start; with endpoints of the user's all have the user's", (t) => {
  const home = temporaryDirectory(t);
  const load = (more: Record<string, string> = {}) =>
    loadEnvironment(home, childEnvironment({ DORMOUSE_HOME: home, ...more }));
  const known = [callersOf(load()), ...callersOf(load()).others];
  const tasks = [...isolatedTasks(load()).values()].map(({ credentials }) => credentials);
  const ids = [...known, ...tasks].map(({ accessKeyId }) => accessKeyId);
  // The user and every program, except the function that has no rights at all.
  assert.equal(new Set(ids).size, PROGRAMS.length);
  assert.equal(ids.length, PROGRAMS.length);
  assert.deepEqual(callersOf(load()).others, known.slice(1));
  for (const one of known) {
    assert.match(one.accessKeyId, /^ASIA[A-Z0-9]{16}$/);
    assert.equal(one.sessionToken?.length, known[0]?.sessionToken?.length, "its size matters for signed URLs");
  }
  const elsewhere = {
    AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
  };
  assert.deepEqual(callersOf(load(elsewhere)), {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "example",
    others: [],
  });
});
