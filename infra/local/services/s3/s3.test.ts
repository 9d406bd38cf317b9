import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createEngine } from "../../core/supervisor.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { isAlive, until } from "../../testing/until.ts";
import { createS3Front, startS3 } from "./front.ts";

/** Answers each request with its process id, and reports its activity; on "stop" it finishes its current requests. */
const ENGINE = `
import { createServer } from "node:http";
let inFlight = 0;
const report = () => process.connected && process.send({ type: "activity", inFlight, lastUsedAt: Date.now() });
const server = createServer((request, response) => {
  inFlight += 1;
  report();
  setTimeout(() => response.end(String(process.pid)), request.url === "/slow" ? 150 : 0);
  response.once("close", () => { inFlight -= 1; report(); });
});
process.on("message", (message, socket) => {
  if (message.type === "connection" && socket) {
    process.send({ type: "taken", connection: message.connection });
    server.emit("connection", socket);
    socket.resume();
  }
  if (message.type === "stop") { server.close(); process.disconnect(); }
});
process.send({ type: "ready" });
`;

async function front(t: TestContext, idleMs: number) {
  const directory = temporaryDirectory(t);
  const program = join(directory, "engine.mjs");
  writeFileSync(program, ENGINE);
  const config = {
    dataDir: directory,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    buckets: [],
    ledgerDir: directory,
  };
  const engine = createEngine({ name: "s3", idleMs, start: () => startS3(config, { log: () => {}, engine: program }) });
  const server = createS3Front(engine);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    server.close();
    await engine.close();
  });
  const { port } = server.address() as AddressInfo;
  const get = (path = "/"): Promise<string> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ port, host: "127.0.0.1", path, agent: false }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve(Buffer.concat(chunks).toString());
      });
      outgoing.once("error", reject).end();
    });
  return { engine, get };
}

test("a connection starts the engine, which serves it directly", async (t) => {
  const { engine, get } = await front(t, 60_000);
  assert.equal(engine.status().state, "asleep");
  const [pid] = await Promise.all([get(), get(), get()]);
  assert.deepEqual(engine.status().pids, [Number(pid)]);
});

test("no connection is lost while the engine is stopped and started again and again", async (t) => {
  const { engine, get } = await front(t, 5);
  const pids = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    for (const pid of await Promise.all([get(), get()])) pids.add(pid);
    // The next connections come in turn while it is being stopped and after it has ended.
    const reached = round % 2 === 0 ? ["stopping", "asleep"] : ["asleep"];
    await until(reached.join(" or "), () => reached.includes(engine.status().state));
  }
  assert.ok(pids.size > 2, "it has been stopped in between");
});

test("a request that takes longer than the idle time is served completely", async (t) => {
  const { get } = await front(t, 20);
  assert.match(await get("/slow"), /^\d+$/);
});

test("after a kill the next connection restarts the engine", async (t) => {
  const { engine, get } = await front(t, 60_000);
  const pid = Number(await get());
  process.kill(pid, "SIGKILL");
  await until("gone", () => engine.status().state === "asleep");
  const next = Number(await get());
  assert.notEqual(next, pid);
  assert.ok(isAlive(next));
});

test("connections on their way to an engine that is killed are served by the next engine", async (t) => {
  const { engine, get } = await front(t, 60_000);
  const pid = Number(await get());
  // The process is stopped, so it accepts no connection.
  process.kill(pid, "SIGSTOP");
  const answers = Array.from({ length: 4 }, () => get());
  await until("handed over", () => engine.status().inFlight >= answers.length);
  process.kill(pid, "SIGKILL");
  const [next, ...others] = await Promise.all(answers);
  assert.notEqual(Number(next), pid);
  assert.deepEqual(new Set(others), new Set([next]));
  await until("nobody waits", () => engine.status().inFlight === 0);
});
