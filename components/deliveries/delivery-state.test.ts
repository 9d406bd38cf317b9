import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeliveryView } from "#lib/deliveries/delivery.schema.ts";
import { coverageOf, deliveryBadge } from "./delivery-state.ts";

const view = (more: Partial<DeliveryView>): DeliveryView => ({
  id: "dl_1",
  email: "ana@example.org",
  state: "waiting",
  downloads: 0,
  files: 0,
  bytes: 0,
  link: "/t/x",
  ...more,
});

test("a recipient stands where they came to themselves, before what became of the mail", () => {
  const at = "2026-11-24T10:00:00.000Z";
  const labels = [
    view({}),
    view({ state: "mailed", mailedAt: at }),
    view({ state: "mailed", openedAt: at }),
    view({ state: "bounced" }),
    view({ state: "bounced", downloadedAt: at }),
    view({ state: "mailed", downloadedAt: at, revokedAt: at }),
  ].map((one) => deliveryBadge(one).label);
  assert.deepEqual(labels, ["Waiting", "Mailed", "Opened", "Not delivered", "Downloaded", "Link closed"]);
});

test("what they have is told by files and bytes, and never as more than it is", () => {
  const whole = { files: 12, bytes: 1000 };
  assert.equal(coverageOf({ files: 3, bytes: 250 }, whole), "3 of 12 files, 25 %");
  assert.equal(coverageOf({ files: 11, bytes: 999 }, whole), "11 of 12 files, 99 %");
  assert.equal(coverageOf({ files: 11, bytes: 1000 }, whole), "11 of 12 files, 99 %", "what is missing is empty");
  assert.equal(coverageOf({ files: 12, bytes: 1000 }, whole), "all files");
  assert.equal(coverageOf({ files: 1, bytes: 5 }, { files: 1, bytes: 5 }), "the file");
  assert.equal(coverageOf({ files: 1, bytes: 0 }, { files: 2, bytes: 0 }), "1 of 2 files, 50 %");
});
