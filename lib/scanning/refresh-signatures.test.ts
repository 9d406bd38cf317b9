import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { refreshSignatures } from "./refresh-signatures.ts";
import { ScannerFailed } from "./scanning.errors.ts";
import { listSignatures } from "./signatures.ts";
import { TEST_SIGNATURES } from "./testing/samples.ts";

requireEngines();

/** A mirror with one signature file. */
let signatures = readFileSync(TEST_SIGNATURES, "utf8");
let changedAt = new Date(2026, 0, 1);
const mirror = createServer((request, response) => {
  if (request.url !== "/own.ndb") return void response.writeHead(404).end();
  const since = request.headers["if-modified-since"];
  if (since && new Date(since) >= changedAt) return void response.writeHead(304).end();
  response.writeHead(200, { "Last-Modified": changedAt.toUTCString(), "Content-Length": signatures.length });
  response.end(signatures);
});
let url = "";

before(async () => {
  await new Promise<void>((ready) => mirror.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
});
after(() => {
  mirror.close();
  mirror.closeAllConnections();
});

test("new signatures are stored in the bucket, and nothing is written when nothing is new", async () => {
  const source = { urls: [`${url}/own.ndb`] };
  assert.deepEqual(await refreshSignatures(source), ["own.ndb"]);
  assert.deepEqual(
    (await listSignatures()).map(({ name }) => name),
    ["own.ndb"],
  );
  assert.deepEqual(await refreshSignatures(source), []);
  signatures += signatures.replace("Eicar-Test-Signature", "Eicar-Second-Signature");
  changedAt = new Date(Date.now() + 60_000);
  assert.deepEqual(await refreshSignatures(source), ["own.ndb"]);
});

test("when nothing can be fetched an error says so, and the bucket keeps its signatures", async () => {
  await assert.rejects(refreshSignatures({ urls: [`${url}/absent.ndb`] }), ScannerFailed);
  assert.equal((await listSignatures()).length, 1);
});
