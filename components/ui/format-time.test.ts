import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, localDate, localMoment, relativeTime, utcDateTime } from "./format-time.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const after = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

test("a moment in UTC reads the same on every machine", () => {
  assert.equal(utcDateTime("2026-11-24T23:59:00.000Z"), "24 Nov 2026, 23:59 UTC");
});

test("a moment is told in the reader's zone, with the day that it is there and the zone's name", () => {
  const end = "2026-12-05T00:25:00.000Z";
  const cases: [zone: string, language: string, said: string][] = [
    ["America/Los_Angeles", "en-US", "4 Dec 2026, 16:25 PST"],
    ["America/Los_Angeles", "en-GB", "4 Dec 2026, 16:25 GMT-8"],
    ["Europe/Berlin", "en-GB", "5 Dec 2026, 01:25 CET"],
    ["Asia/Kolkata", "en-GB", "5 Dec 2026, 05:55 GMT+5:30"],
    ["Pacific/Kiritimati", "en-US", "5 Dec 2026, 14:25 GMT+14"],
    ["UTC", "en-US", "5 Dec 2026, 00:25 UTC"],
  ];
  for (const [zone, language, said] of cases) assert.equal(localMoment(end, zone, language), said);
  assert.equal(localDate(end, "America/Los_Angeles"), "4 Dec 2026");
  assert.equal(localMoment("2026-07-05T00:25:00.000Z", "America/Los_Angeles", "en-US"), "4 Jul 2026, 17:25 PDT");
});

test("time ahead is rounded down and time past is counted", () => {
  const cases: [number, string][] = [
    [7 * 86_400 - 1, "in 6 days"],
    [7 * 86_400, "in 7 days"],
    [47 * 3600, "in 47 hours"],
    [3600, "in 1 hour"],
    [30, "in a minute"],
    [-20, "just now"],
    [-90, "1 minute ago"],
    [-3 * 86_400, "3 days ago"],
  ];
  for (const [seconds, text] of cases) assert.equal(relativeTime(after(seconds), NOW), text);
});

test("what is left is told in two units at most", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [59.4, "59 s"],
    [250, "4 min 10 s"],
    [1800, "30 min"],
    [7500, "2 h 5 min"],
    [273_600, "3 d 4 h"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
});
