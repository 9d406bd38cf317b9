/** `Idempotency-Key`: what was done once is not done again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOnce } from "#lib/api-keys/answer-once.ts";
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import { db } from "#lib/db/service.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { HOUR } from "#lib/testing/workspace.ts";
import { begin } from "./testing/begin.ts";

requireEngines();

const named = (name: string) => ({ "idempotency-key": name });

async function withTransfer() {
  const program = await begin();
  const { id } = await createTransfer(program.member, {});
  const add = (email: string, headers: object) =>
    program.send("POST", `/v1/transfers/${id}/deliveries`, { recipients: [{ email }] }, headers);
  return { ...program, id, add };
}

test("a repeated call gets the answer of the first, and nothing is done again", async () => {
  const { member, id, add, call } = await withTransfer();
  const first = await add("ana@example.org", named("a-1"));
  assert.deepEqual([first.status, first.headers["idempotent-replayed"]], [201, undefined]);
  for (const again of [named("a-1"), named('"a-1"')]) {
    const { status, body, headers } = await add("ana@example.org", again);
    assert.deepEqual({ status, body }, { status: 201, body: first.body });
    assert.equal(headers["idempotent-replayed"], "true");
  }
  const other = await add("ana@example.org", named("a-2"));
  assert.equal(other.headers["idempotent-replayed"], undefined, "another name is another call");
  assert.equal((await listDeliveries(member, { id })).length, 1);
  const renewed = await call("POST", `/v1/transfers/${id}/renew-link`, { headers: named("b") });
  const repeated = await call("POST", `/v1/transfers/${id}/renew-link`, { headers: named("b") });
  assert.equal(repeated.body["link"], renewed.body["link"]);
});

test("the same name for another request is refused: another body, or another path", async () => {
  const { id, add, call } = await withTransfer();
  await add("ana@example.org", named("a"));
  for (const other of [
    await add("bob@example.org", named("a")),
    await call("POST", `/v1/transfers/${id}/renew-link`, { headers: named("a") }),
  ])
    assert.deepEqual([other.status, other.body["code"]], [422, "IdempotencyKeyReused"]);
});

test("of calls at the same time one is done; the others are told to come back, or get its answer", async () => {
  const { member, id, add } = await withTransfer();
  const answers = await Promise.all(Array.from({ length: 10 }, () => add("ana@example.org", named("a"))));
  const early = answers.filter(({ status }) => status === 409);
  assert.ok(early.length > 0, "some came while it was under way");
  for (const { body, headers } of early)
    assert.deepEqual([body["code"], headers["retry-after"]], ["CallUnderWay", "1"]);
  const done = answers.filter(({ status }) => status === 201);
  assert.equal(done.filter(({ headers }) => !headers["idempotent-replayed"]).length, 1);
  assert.equal((await listDeliveries(member, { id })).length, 1);
});

test("a call that was refused is not kept, so that it may be repeated", async () => {
  const { id, add, call } = await withTransfer();
  assert.equal((await add("no address", named("a"))).status, 422);
  assert.equal((await add("ana@example.org", named("a"))).status, 201);
  assert.equal(
    (await call("POST", `/v1/transfers/${id}/restore`, { headers: named("b") })).headers["retry-after"],
    undefined,
  );
});

test("names that are none are refused; what is repeatable by itself, and what is no POST, takes no notice of one", async () => {
  const { add, call, send, id } = await withTransfer();
  for (const name of ["", '""', "two words", '"a', 'a"', "é", "x".repeat(256), '"a";b=1'])
    assert.equal((await add("ana@example.org", named(name))).status, 422, name);
  assert.equal((await call("GET", "/v1/me", { headers: named("") })).status, 200);
  const seal = () => send("POST", "/v1/upload/seal", { transferId: id }, named("s"));
  const [one, two] = [await seal(), await seal()];
  assert.deepEqual([one.headers["idempotent-replayed"], two.headers["idempotent-replayed"]], [undefined, undefined]);
});

test("another key's calls have names of their own", async () => {
  const { member, id, add } = await withTransfer();
  await add("ana@example.org", named("a"));
  const other = await begin();
  const theirs = await other.send("POST", `/v1/transfers/${id}/deliveries`, { recipients: [] }, named("a"));
  assert.equal(theirs.status, 422);
  assert.equal(theirs.body["code"], "InvalidInput");
  assert.equal((await listDeliveries(member, { id })).length, 1);
});

async function once() {
  const { ws, key } = await begin();
  const ctx = await openApiKey(ws.nobody, { key });
  let runs = 0;
  const call = (request: string[] = ["POST"], work = async () => ({ status: 200, body: `run ${++runs}` })) =>
    answerOnce(ctx, { idempotencyKey: "a", secret: key, request }, work);
  return { ws, ctx, call, key };
}

test("an answer is kept for a day", async () => {
  const { ws, call } = await once();
  await call();
  ws.clock.advance(24 * HOUR - 1000);
  assert.deepEqual(await call(), { status: 200, body: "run 1", repeated: true });
  ws.clock.advance(1000);
  assert.deepEqual(await call(), { status: 200, body: "run 2", repeated: false });
});

test("a call that never ended may be repeated after a minute, by the same request alone", async () => {
  const { ws, call } = await once();
  let give: () => void = () => undefined;
  const crashed = call(["POST"], () => new Promise((resolve) => (give = () => resolve({ status: 200, body: "late" }))));
  const begun = await waitFor(() =>
    call().then(
      () => undefined,
      (error: { code: string }) => error.code,
    ),
  );
  assert.equal(begun, "CallUnderWay");
  ws.clock.advance(60_000);
  await assert.rejects(call(["PUT"]), { code: "IdempotencyKeyReused" });
  assert.deepEqual(await call(), { status: 200, body: "run 1", repeated: false });
  give();
  await crashed;
  assert.equal((await call()).body, "run 1", "who was given up keeps nothing");
});

const waitFor = async <T>(look: () => Promise<T>): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return look();
};

test("the table holds no answer that can be read, and an answer that is too large is given and not kept", async () => {
  const { ctx, call, key } = await once();
  await call(["POST"], async () => ({ status: 200, body: '{"link":"https://files.example.test/t/secret"}' }));
  const { data } = await db()
    .entities.keptAnswer.scan.where((at, is) => is.eq(at.workspaceId, ctx.actor.workspaceId))
    .go();
  assert.equal(data.length, 1);
  assert.ok(!JSON.stringify(data).includes("link") && !JSON.stringify(data).includes(key));
  const large = await begin();
  const other = await openApiKey(large.ws.nobody, { key: large.key });
  const give = () =>
    answerOnce(other, { idempotencyKey: "a", secret: large.key, request: [] }, async () => ({
      ...{ status: 200, body: "x".repeat(300_000) },
    }));
  assert.deepEqual([(await give()).repeated, (await give()).repeated], [false, false]);
});
