import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

/** A tab's storage, and the store as a freshly loaded page has it. */
let stored: Map<string, string>;
let loads = 0;
const load = (): Promise<typeof import("./draft-store.ts")> => import(`./draft-store.ts?load=${loads++}`);

beforeEach(() => {
  stored = new Map();
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    value: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    },
  });
});
afterEach(() => Reflect.deleteProperty(globalThis, "sessionStorage"));

test("what is written outlives its page and a reload, until it is sent", async () => {
  const page = await load();
  assert.equal(page.getDraft().title, "");
  page.keepDraft({ title: "Photos", recipients: [{ email: "ana@example.org", name: "Ana" }] });
  page.keepDraft({ typed: "bob@" });
  const { title, recipients, typed } = page.getDraft();
  assert.deepEqual([title, recipients, typed], ["Photos", [{ email: "ana@example.org", name: "Ana" }], "bob@"]);
  const reloaded = await load();
  assert.deepEqual(reloaded.getDraft(), page.getDraft());
  reloaded.forgetDraft();
  assert.equal(reloaded.getDraft().title, "");
  assert.equal((await load()).getDraft().title, "");
});

test("what is kept and can't be used is left out", async () => {
  stored.set(
    "dormouse.draft",
    '{"title":7,"message":"Hello","recipients":[{"email":1},{"email":"ana@example.org"},null],"x":1}',
  );
  const { getDraft } = await load();
  assert.deepEqual(getDraft(), {
    title: "",
    message: "Hello",
    expiryDays: 0,
    downloadLimit: 0,
    recipients: [{ email: "ana@example.org" }],
    typed: "",
  });
  stored.set("dormouse.draft", "{");
  assert.equal((await load()).getDraft().message, "");
});

test("a browser that keeps nothing loses nothing but the reload", async () => {
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    get: () => {
      throw new Error("forbidden");
    },
  });
  const { getDraft, keepDraft, forgetDraft } = await load();
  keepDraft({ title: "Photos" });
  assert.equal(getDraft().title, "Photos");
  forgetDraft();
  assert.equal(getDraft().title, "");
});
