import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SERVICES } from "./service-list.ts";

test("every folder of services is listed", () => {
  assert.deepEqual(Object.keys(SERVICES).toSorted(), readdirSync(join(import.meta.dirname, "services")).toSorted());
});
