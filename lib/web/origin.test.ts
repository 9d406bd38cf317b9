import assert from "node:assert/strict";
import { test } from "node:test";
import { isOtherOrigin } from "./origin.ts";
import { originOf } from "./public-origin.ts";

test("a request is from another site when its headers say so, or when its origin is not a URL", () => {
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

test("links begin with the configured origin, or else with the host that CloudFront reports", (t) => {
  const forged = new Headers({ host: "evil.example", "x-forwarded-host": "evil.example:444" });
  t.after(() => delete process.env["DORMOUSE_ORIGIN"]);
  process.env["DORMOUSE_ORIGIN"] = "https://files.example.test";
  assert.equal(originOf(forged), "https://files.example.test");
  assert.equal(originOf(new Headers()), "https://files.example.test");
  delete process.env["DORMOUSE_ORIGIN"];
  const edge = new Headers({ host: "inside.test", "x-forwarded-host": "D1.cloudfront.net" });
  assert.equal(originOf(edge), "https://d1.cloudfront.net");
  for (const host of ["evil.example/path", "user@evil.example", "evil.example\\@files", "", "<script>"])
    assert.equal(originOf({ get: () => host }), undefined, host);
});
