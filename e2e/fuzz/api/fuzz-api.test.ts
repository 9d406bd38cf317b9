/** A few of the requests of `npm run fuzz -- api` in every run of the tests: the same ones each time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiDocument } from "#lib/api/openapi.ts";
import type { ApiResponse } from "#lib/api/serve.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { fuzzApi } from "./fuzz-api.ts";
import { createJudge } from "./judge.ts";
import type { Document } from "./requests.ts";

requireEngines();

const SEED = 7;
const COUNT = 300;

test("whatever is asked is answered as documented: no failure, no secret, nobody else's", async () => {
  const { operations, findings } = await fuzzApi({ count: COUNT, seed: SEED });
  const [first] = findings;
  assert.equal(
    first,
    undefined,
    `${first?.finding}: npm run fuzz -- api --count ${COUNT} --seed ${SEED} --case ${first?.number}`,
  );
  const succeeded = Object.values(operations).filter((counts) => counts[200] || counts[201]);
  assert.ok(succeeded.length > 20, `only ${succeeded.length} operations did anything`);
});

test("the judge finds what is wrong with an answer", () => {
  const judge = createJudge(openApiDocument() as unknown as Document);
  const caller = { workspaceId: "ws", memberId: "m", name: "Ana", role: "owner", scopes: [] };
  const refusal = { type: "about:blank", title: "Not Found", status: 404, detail: "Gone.", code: "TransferNotFound" };
  const says = (statusCode: number, body: unknown, type = statusCode < 400 ? "json" : "problem+json") => {
    const answer: ApiResponse = {
      ...{ statusCode, headers: { "content-type": `application/${type}` } },
      body: typeof body === "string" ? body : JSON.stringify(body),
    };
    return judge({ operationId: "getCaller", answer, secrets: ["dormouse_secret"] });
  };
  assert.equal(says(200, caller), undefined);
  assert.equal(says(404, refusal), undefined);
  const wrong: [string | undefined, RegExp][] = [
    [says(500, { ...refusal, status: 500 }), /It failed/],
    [says(201, caller), /201 is not documented/],
    [says(200, { ...caller, role: "king" }), /not as documented/],
    [says(200, { ...caller, more: 1 }), /not as documented/],
    [says(200, { ...caller, name: "dormouse_secret" }), /a secret/],
    [says(404, refusal, "json"), /is no problem/],
    [says(404, { ...refusal, code: 1 }), /The problem is not as documented/],
    [says(404, { ...refusal, status: 403 }), /The body says 403/],
    [says(422, { ...refusal, status: 422, detail: "at read (file:///x.ts:3)" }), /an inside/],
    [says(200, "{"), /can't be read/],
  ];
  for (const [finding, expected] of wrong) assert.match(String(finding), expected);
});
