import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTime, parseExpression } from "./expression.ts";

const next = (text: string, after: string, anchor = after): string | undefined => {
  const expression = parseExpression(text);
  assert.ok(expression, text);
  const time = nextTime(expression, Date.parse(after), Date.parse(anchor));
  return time === undefined ? undefined : new Date(time).toISOString();
};

test("one-time, rate and cron expressions give their next time", () => {
  const cases: [expression: string, after: string, due: string | undefined][] = [
    ["at(2026-11-20T13:00:00)", "2026-11-20T12:00:00Z", "2026-11-20T13:00:00.000Z"],
    ["at(2026-11-20T13:00:00)", "2026-11-20T13:00:00Z", undefined],
    ["rate(5 minutes)", "2026-11-20T12:00:00Z", "2026-11-20T12:05:00.000Z"],
    ["rate(1 day)", "2026-11-20T12:00:00Z", "2026-11-21T12:00:00.000Z"],
    ["cron(0 4 * * ? *)", "2026-11-20T03:59:59Z", "2026-11-20T04:00:00.000Z"],
    ["cron(0 4 * * ? *)", "2026-11-20T04:00:00Z", "2026-11-21T04:00:00.000Z"],
    ["cron(15 10 ? * MON-FRI *)", "2026-11-20T11:00:00Z", "2026-11-23T10:15:00.000Z"],
    ["cron(0/20 8-9 1,15 * ? *)", "2026-11-15T09:41:00Z", "2026-12-01T08:00:00.000Z"],
    ["cron(30 12 29 FEB ? *)", "2026-11-20T00:00:00Z", "2028-02-29T12:30:00.000Z"],
    ["cron(0 0 1 1 ? 2020)", "2026-11-20T00:00:00Z", undefined],
    ["cron(0 12 ? * 1 2027)", "2026-11-20T00:00:00Z", "2027-01-03T12:00:00.000Z"],
  ];
  for (const [expression, after, due] of cases) assert.equal(next(expression, after), due, expression);
});

test("a rate counts from its start", () => {
  assert.equal(next("rate(1 hour)", "2026-11-20T15:10:00Z", "2026-11-20T12:30:00Z"), "2026-11-20T15:30:00.000Z");
});

test("invalid expressions are refused", () => {
  const wrong = [
    "",
    "at(2026-11-20)",
    "at(2026-13-20T00:00:00)",
    "rate(0 minutes)",
    "rate(5 weeks)",
    "cron(0 4 * * *)",
    "cron(0 4 * * * *)",
    "cron(60 4 * * ? *)",
    "cron(0 4 L * ? *)",
    "cron(0 4 5-1 * ? *)",
    "5 minutes",
  ];
  for (const text of wrong) assert.equal(parseExpression(text), undefined, text);
});
