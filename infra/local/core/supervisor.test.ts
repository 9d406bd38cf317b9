import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, until } from "../testing/until.ts";
import { endChild, exitOf, spawnGuarded } from "./child-process.ts";
import { createEngine, type RunningEngine } from "./supervisor.ts";

type Sleeper = RunningEngine & { pid: number };

/** An engine whose process does nothing. */
function supervised(t: TestContext, options: { idleMs?: number; failures?: number } = {}) {
  let starts = 0;
  let failures = options.failures ?? 0;
  const events: string[] = [];
  const engine = createEngine<Sleeper>({
    name: "sleeper",
    idleMs: options.idleMs ?? 60_000,
    onEvent: (event) => events.push(event),
    async start() {
      starts += 1;
      if (failures-- > 0) throw new Error("no luck");
      const child = spawnGuarded("/bin/sleep", ["600"]);
      const pid = child.pid ?? 0;
      return { pid, pids: [pid], exited: exitOf(child), stop: () => endChild(child) };
    },
  });
  t.after(() => engine.close());
  return { engine, events, starts: () => starts };
}

test("an engine starts with its first use", async (t) => {
  const { engine, starts } = supervised(t);
  assert.equal(engine.status().state, "asleep");
  assert.equal(starts(), 0);
  const pid = await engine.use((running) => running.pid);
  assert.ok(isAlive(pid));
  assert.deepEqual(engine.status().pids, [pid]);
  assert.equal(engine.status().state, "awake");
});

test("all callers who come while the engine starts share one start", async (t) => {
  const { engine, starts } = supervised(t);
  const pids = await Promise.all(Array.from({ length: 20 }, () => engine.use((running) => running.pid)));
  assert.equal(new Set(pids).size, 1);
  assert.equal(starts(), 1);
});

test("the engine is stopped when it has not been used for a while, and its process ends", async (t) => {
  const { engine, events } = supervised(t, { idleMs: 30 });
  const pid = await engine.use((running) => running.pid);
  await until("asleep", () => engine.status().state === "asleep");
  assert.ok(!isAlive(pid));
  assert.deepEqual(events, ["starting", "awake", "asleep"]);
});

test("the engine keeps running as long as it is used", async (t) => {
  const { engine } = supervised(t, { idleMs: 20 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const use = engine.use(async (running) => {
    await promise;
    return isAlive(running.pid);
  });
  await until("in flight", () => engine.status().inFlight === 1);
  const short = await engine.use((running) => running.pid);
  // Meanwhile the idle time is checked many times.
  for (let rounds = 0; rounds < 20; rounds += 1) await delay(5);
  assert.ok(isAlive(short));
  resolve();
  assert.equal(await use, true);
});

test("a caller who comes while the engine is being stopped gets the next one", async (t) => {
  const { engine, starts } = supervised(t, { idleMs: 10 });
  const first = await engine.use((running) => running.pid);
  await until("no longer awake", () => engine.status().state !== "awake");
  const second = await engine.use(({ pid }) => ({ pid, alive: isAlive(pid) }));
  assert.deepEqual(second.alive, true);
  assert.notEqual(second.pid, first);
  assert.ok(!isAlive(first));
  assert.equal(starts(), 2);
});

test("after a crash the next use starts a new engine", async (t) => {
  const { engine, events, starts } = supervised(t);
  const pid = await engine.use((running) => running.pid);
  process.kill(pid, "SIGKILL");
  await until("crash seen", () => events.includes("crashed"));
  assert.notEqual(await engine.use((running) => running.pid), pid);
  assert.equal(starts(), 2);
});

test("all waiting callers learn of a failed start, and the next use tries again", async (t) => {
  const { engine } = supervised(t, { failures: 1 });
  const uses = await Promise.allSettled([engine.use(() => 1), engine.use(() => 1)]);
  assert.deepEqual(
    uses.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await engine.use(() => 1), 1);
});

test("a closed supervisor ends its process and refuses callers", async (t) => {
  const { engine } = supervised(t);
  const pid = await engine.use((running) => running.pid);
  await engine.close();
  assert.ok(!isAlive(pid));
  await assert.rejects(
    engine.use(() => 1),
    /closed/,
  );
});
