import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import { db } from "#lib/db/service.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { decideDeviceLogin } from "./decide-device-login.ts";
import { getDeviceLogin } from "./get-device-login.ts";
import { pollDeviceLogin } from "./poll-device-login.ts";
import { startDeviceLogin } from "./start-device-login.ts";

requireEngines();

const SECOND = 1000;

/** Each test asks from an address of its own. */
let addresses = 1;

async function begin() {
  const ws = await makeWorkspace();
  const { nobody } = ws;
  const address = `2001:db8:0:${(addresses++).toString(16)}::1`;
  const start = () => startDeviceLogin(nobody, { program: "dormouse on laptop", scopes: ["transfers:read"], address });
  const started = await start();
  const poll = () => pollDeviceLogin(nobody, { deviceCode: started.deviceCode });
  return { ws, owner: ws.as("owner"), nobody, start, started, poll };
}

const refusedWith = (code: string) => (error: { code?: string }) => error.code === code;

test("a program is given a key once a member has approved it, and only once", async () => {
  const { ws, owner, nobody, started, poll } = await begin();
  ws.clock.advance(5 * SECOND);
  await assert.rejects(poll(), refusedWith("authorization_pending"));
  const { userCode } = started;
  assert.match(userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  const seen = await getDeviceLogin(owner, { userCode: userCode.toLowerCase() });
  assert.deepEqual([seen.program, [...seen.scopes]], ["dormouse on laptop", ["transfers:read"]]);
  await decideDeviceLogin(owner, { userCode, decision: "approved" });
  ws.clock.advance(5 * SECOND);
  const [first, second] = await Promise.allSettled([poll(), poll()]);
  const keys = [first, second].flatMap((one) => (one.status === "fulfilled" ? one.value.key : []));
  assert.equal(keys.length, 1);
  const { actor } = await openApiKey(nobody, { key: keys[0] ?? "" });
  assert.deepEqual([actor.memberId, actor.role], [owner.actor.memberId, "owner"]);
  await assert.rejects(poll(), refusedWith("expired_token"));
});

test("what was refused gets nothing, and nobody decides twice", async () => {
  const {
    owner,
    started: { userCode },
    poll,
  } = await begin();
  await decideDeviceLogin(owner, { userCode, decision: "refused" });
  await assert.rejects(decideDeviceLogin(owner, { userCode, decision: "approved" }), refusedWith("DeviceCodeUnknown"));
  await assert.rejects(getDeviceLogin(owner, { userCode }), refusedWith("DeviceCodeUnknown"));
  await assert.rejects(poll(), refusedWith("access_denied"));
});

test("who asks too often is told to ask less often", async () => {
  const { ws, poll } = await begin();
  await assert.rejects(poll(), { code: "slow_down", details: { interval: 10 } });
  ws.clock.advance(9 * SECOND);
  await assert.rejects(poll(), { code: "slow_down", details: { interval: 15 } });
  ws.clock.advance(15 * SECOND);
  await assert.rejects(poll(), { code: "authorization_pending" });
});

test("after ten minutes the code is worth nothing, approved or not", async () => {
  const {
    ws,
    owner,
    started: { userCode },
    poll,
  } = await begin();
  await decideDeviceLogin(owner, { userCode, decision: "approved" });
  ws.clock.advance(600 * SECOND);
  await assert.rejects(poll(), refusedWith("expired_token"));
  await assert.rejects(getDeviceLogin(owner, { userCode }), refusedWith("DeviceCodeUnknown"));
});

test("the person's code alone fetches nothing, nor does a changed secret; the table has no secret", async () => {
  const {
    owner,
    nobody,
    started: { userCode, deviceCode },
  } = await begin();
  await decideDeviceLogin(owner, { userCode, decision: "approved" });
  const bare = userCode.replace("-", "");
  for (const wrong of [userCode, bare, `${bare}.guessed`, "", ".", deviceCode.slice(0, -1)])
    await assert.rejects(pollDeviceLogin(nobody, { deviceCode: wrong }), refusedWith("expired_token"), wrong);
  const { data } = await db().entities.deviceLogin.get({ userCode: bare }).go();
  assert.ok(!JSON.stringify(data).includes(deviceCode.split(".")[1] ?? "?"));
});

test("one address can't start any number of them", async () => {
  const { start } = await begin();
  for (let started = 1; started < 20; started++) await start();
  await assert.rejects(start(), refusedWith("TooManyDeviceLogins"));
});
