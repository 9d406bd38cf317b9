import assert from "node:assert/strict";
import { test } from "node:test";
import { isOtherOrigin } from "./origin.ts";

test("a request is another site's when it says so, or says an origin that is none", () => {
  const host = "files.example.test:8443";
  const cases: [origin: string | undefined, other: boolean][] = [
    [undefined, false],
    [`https://${host}`, false],
    ["https://FILES.example.test:8443", false],
    ["https://files.example.test", true],
    ["https://elsewhere.example", true],
    ["null", true],
    ["", true],
    ["no origin", true],
    ["https://", true],
    [`https://${host}.elsewhere.example`, true],
  ];
  for (const [origin, other] of cases) {
    const headers = new Headers({
      host: "inside.test",
      "x-forwarded-host": host,
      ...(origin === undefined ? {} : { origin }),
    });
    assert.equal(isOtherOrigin({ headers }), other, origin);
  }
});
