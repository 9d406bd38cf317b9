import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";

// Bundlers find the framework's entry without its ending, Node does not.
registerHooks({
  resolve: (name, context, next) => next(name === "next/headers" ? "next/headers.js" : name, context),
});
const { sessionCookieFor } = await import("./session-cookie.ts");

test("the session's cookie is hidden from scripts and not sent for other sites; over TLS it has the prefix __Host-", () => {
  const always = { httpOnly: true, sameSite: "lax", path: "/" };
  assert.deepEqual(sessionCookieFor(true), { ...always, name: "__Host-dormouse_session", secure: true });
  assert.deepEqual(sessionCookieFor(false), { ...always, name: "dormouse_session", secure: false });
});
