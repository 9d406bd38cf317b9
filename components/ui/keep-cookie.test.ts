import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { keepCookie } from "./keep-cookie.ts";

function browserAt(t: TestContext, protocol: string) {
  const page = { cookie: "" };
  Object.assign(globalThis, { document: page, location: { protocol } });
  t.after(() => {
    for (const name of ["document", "location"]) Reflect.deleteProperty(globalThis, name);
  });
  return page;
}

test("over TLS a cookie that a script sets is this host's alone, and never goes out without TLS", (t) => {
  const page = browserAt(t, "https:");
  keepCookie("theme", "dark", 60);
  assert.equal(page.cookie, "__Host-theme=dark; path=/; samesite=lax; max-age=60; secure");
});

test("on one's own machine, without TLS, it has its plain name", (t) => {
  const page = browserAt(t, "http:");
  keepCookie("theme", "dark", 60);
  assert.equal(page.cookie, "theme=dark; path=/; samesite=lax; max-age=60");
});
