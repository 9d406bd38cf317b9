/** Sends requests from the program interface's document to the functions that answer them, within this process. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { openApiDocument } from "#lib/api/openapi.ts";
import { serve } from "#lib/api/serve.ts";
import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { KEY_SCOPES } from "#lib/kernel/ctx.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { reservation, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import type { CreateWebhook } from "#lib/webhooks/webhook.schema.ts";
import { createJudge } from "./judge.ts";
import { type Case, type Document, requests, STAND_INS } from "./requests.ts";

/** After so many requests the workspace is a new one: those before have deleted much of it. */
const REQUESTS_PER_WORKSPACE = 100;

export type Finding = { number: number; finding: string; request: Case };
export type Tally = {
  /** How often each operation was asked, and with which status it answered. */
  operations: Record<string, Record<number, number>>;
  findings: Finding[];
};

/** The same requests for the same seed; `only` sends the one with this number, from 0. Needs the engines of tests. */
export async function fuzzApi(options: { count: number; seed: number; only?: number }): Promise<Tally> {
  const document = openApiDocument() as unknown as Document;
  const judge = createJudge(document);
  const cases = fc.sample(requests(document), { numRuns: options.count, seed: options.seed });
  const operations: Tally["operations"] = {};
  const findings: Finding[] = [];
  let there = await prepare();
  for (const [number, one] of cases.entries()) {
    if (options.only !== undefined && number !== options.only) continue;
    if (number % REQUESTS_PER_WORKSPACE === 0) there = await prepare();
    const { operationId, method, ...request } = there.fill(one);
    const answer = await serve({
      ...request,
      headers: { authorization: `Bearer ${there.key}`, ...request.headers },
      requestContext: { http: { method } },
    });
    const counts = operations[operationId] ?? {};
    operations[operationId] = { ...counts, [answer.statusCode]: (counts[answer.statusCode] ?? 0) + 1 };
    const finding = judge({ operationId, answer, secrets: there.secrets });
    if (finding) findings.push({ number, finding, request: one });
  }
  return { operations, findings };
}

/** A workspace with a key and something in it, beside another one that the key does not reach. */
async function prepare() {
  const [ws, other] = [await makeWorkspace(), await makeWorkspace()];
  const owner = ws.as("owner");
  const recipients = [{ email: "bob@example.org" }];
  const { key } = await createApiKey(owner, { name: "fuzz", scopes: [...KEY_SCOPES] });
  const transfers: string[] = [];
  for (const title of ["One", "Two", "Three"]) transfers.push((await createTransfer(owner, { title, recipients })).id);
  const [first = ""] = transfers;
  await sendFile(owner, first, 0, "a.txt", Buffer.from("a"));
  await sendFile(owner, first, 1, "b.txt", Buffer.from("b"));
  await makeReady(owner, first, 0);
  const waiting = Array.from({ length: 6 }, (_, at) => ({ path: `waiting ${at}.txt`, size: 1 }));
  await reserveFiles(owner, reservation(first, 2, waiting));
  const receiver: CreateWebhook = { url: "https://receiver.example/", events: ["transfer.ready"] };
  const webhooks: string[] = [];
  for (const description of ["One", "Two"])
    webhooks.push((await createWebhook(owner, { ...receiver, description })).webhook.id);
  const message = await testWebhook(owner, { id: webhooks[0] ?? "" });
  const deliveries = (await listDeliveries(owner, { id: first })).map(({ id }) => id);
  const title = "What another workspace has";
  const stranger = await createTransfer(other.as("owner"), { title });
  const there = {
    ...{ transfer: transfers, delivery: deliveries, webhook: webhooks, message: [message.id] },
    ...{ stranger: [stranger.id], strangersWorkspace: [other.id] },
  };
  const swaps = Object.entries(STAND_INS).flatMap(([kind, list]) =>
    list.map((one, at) => [one, there[kind as keyof typeof there][at] ?? one] as const),
  );
  const fillText = (text: string) => swaps.reduce((so, [from, to]) => so.replaceAll(from, to), text);
  return {
    key,
    secrets: [key, createHash("sha256").update(key).digest("base64url"), title, stranger.link],
    fill: (one: Case): Case => {
      const { rawPath, rawQueryString, body } = one;
      return {
        ...one,
        rawPath: fillText(rawPath),
        ...(rawQueryString === undefined ? {} : { rawQueryString: fillQuery(rawQueryString, fillText) }),
        ...(body === undefined ? {} : { body: fillText(body) }),
      };
    },
  };
}

/** Cursors carry their keys in Base64. */
function fillQuery(query: string, fillText: (text: string) => string): string {
  const [, cursor] = /^cursor=([\w%+/=-]+)$/.exec(query) ?? [];
  if (!cursor) return fillText(query);
  const text = Buffer.from(decodeURIComponent(cursor), "base64").toString();
  return text.includes("ws#") ? `cursor=${encodeURIComponent(Buffer.from(fillText(text)).toString("base64"))}` : query;
}
