import assert from "node:assert/strict";
import { test } from "node:test";
import { daysUntil, toDateField } from "./end-dates.ts";

const NOON = new Date(2026, 2, 27, 12).getTime();

test("a date is counted in days of the calendar, over a change of the clocks too", () => {
  assert.equal(daysUntil("2026-03-28", NOON), 1);
  assert.equal(daysUntil("2026-03-31", NOON), 4);
  assert.equal(daysUntil("2026-03-27", NOON), 0);
  assert.equal(daysUntil("2026-03-20", NOON), -7);
});

test("no date is no number of days", () => {
  assert.equal(Number.isNaN(daysUntil("", NOON)), true);
});

test("what the field is given comes back as the same day", () => {
  assert.equal(toDateField(NOON), "2026-03-27");
  assert.equal(daysUntil(toDateField(NOON), NOON), 0);
});
