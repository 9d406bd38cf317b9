/** The local cloud knows who calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { childEnvironment } from "./child-process.ts";
import { loadEnvironment } from "./environment.ts";
import { everyone, PROGRAMS } from "./roles.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

test("each program has credentials of its own, the same at each start; elsewhere all have the user's", (t) => {
  const home = temporaryDirectory(t);
  const load = (more: Record<string, string> = {}) =>
    loadEnvironment(home, childEnvironment({ DORMOUSE_HOME: home, ...more }));
  const known = [everyone(load()), ...everyone(load()).others];
  assert.equal(new Set(known.map(({ accessKeyId }) => accessKeyId)).size, PROGRAMS.length + 1);
  assert.deepEqual(everyone(load()).others, known.slice(1));
  for (const one of known) {
    assert.match(one.accessKeyId, /^ASIA[A-Z0-9]{16}$/);
    assert.equal(one.sessionToken?.length, known[0]?.sessionToken?.length, "its size matters for signed URLs");
  }
  const elsewhere = {
    AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
  };
  assert.deepEqual(everyone(load(elsewhere)), {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "example",
    others: [],
  });
});
