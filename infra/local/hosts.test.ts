import assert from "node:assert/strict";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { httpApi } from "#infra/api-rules.ts";
import { createEngine } from "./core/supervisor.ts";
import { createServicesFront } from "./front.ts";
import { createGateway } from "./services/apigateway/gateway.ts";
import { createDynamoDbFront } from "./services/dynamodb/front.ts";
import { createS3 } from "./services/s3/server.ts";
import { createInbox } from "./services/ses/inbox.ts";
import { openMessages } from "./services/ses/store.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const credentials = { accessKeyId: "ASIATEST", secretAccessKey: "secret", sessionToken: "token" };
const region = "us-east-1";
const ledger = () => {};

test("every endpoint refuses a request that names another host, and starts no engine for it", async (t) => {
  let woken = 0;
  const engine = createEngine<never>({
    name: "dynamodb",
    idleMs: 1000,
    start: () => {
      woken++;
      return Promise.reject(new Error("It is not to be started."));
    },
  });
  const s3 = createS3({ dataDir: temporaryDirectory(t), region, credentials, buckets: [], ledger });
  const endpoints = {
    s3: s3.server,
    dynamodb: createDynamoDbFront({ engine, credentials, region, ledger }),
    services: createServicesFront({ services: [], credentials, region }),
    api: createGateway({
      api: httpApi,
      functions: { invoke: () => Promise.reject(new Error("Nothing is to be called.")) },
      region,
      ledger,
      accessLog: () => {},
    }),
    inbox: createInbox(openMessages(temporaryDirectory(t)), "key"),
  };
  for (const [name, server] of Object.entries(endpoints)) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const ask = (host: string, method: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port, method, path: "/?key=key", headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.once("error", reject).end();
      });
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      `127.0.0.1.evil.example:${port}`,
    ])
      for (const method of ["GET", "POST", "OPTIONS"]) assert.equal(await ask(host, method), 421, `${name}, ${host}`);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      assert.notEqual(await ask(host, "GET"), 421, `${name}, ${host}`);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
  await s3.close().catch(() => undefined);
  assert.equal(woken, 0);
});
