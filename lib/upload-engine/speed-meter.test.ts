import assert from "node:assert/strict";
import { test } from "node:test";
import { SpeedMeter } from "./speed-meter.ts";

/** Feeds `rate` bytes per second for `ms`, in steps of a tenth of a second, and returns the time after it. */
function feed(meter: SpeedMeter, from: number, ms: number, rate: number): number {
  for (let at = from + 100; at <= from + ms; at += 100) {
    meter.add(rate / 10, at);
    meter.speed(at);
  }
  return from + ms;
}

const about = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= expected / 50, `${actual} is not about ${expected}`);

test("nothing is known before bytes were sent", () => {
  assert.equal(new SpeedMeter().speed(5000), 0);
});

test("a steady speed is correct from the first second", () => {
  const meter = new SpeedMeter();
  meter.add(0, 0);
  about(meter.speed(feed(meter, 0, 1000, 5000)), 5000);
  about(meter.speed(feed(meter, 1000, 60_000, 5000)), 5000);
});

test("two seconds after a stop the average has lost half of the speed, four seconds after it three quarters", () => {
  const meter = new SpeedMeter();
  meter.add(0, 0);
  const stop = feed(meter, 0, 60_000, 8000);
  about(meter.speed(stop + 2000), 4000);
  about(meter.speed(stop + 4000), 2000);
});

test("if nothing has been sent for a while the speed is 0", () => {
  const meter = new SpeedMeter();
  meter.add(0, 0);
  const stop = feed(meter, 0, 60_000, 8_000_000);
  assert.ok(meter.speed(stop + 4000) > 0);
  for (const seconds of [5, 15, 117]) assert.equal(meter.speed(stop + seconds * 1000), 0);
  meter.add(1_000_000, stop + 120_000);
  assert.ok(meter.speed(stop + 121_000) > 0);
});

test("the result does not depend on how often it is read", () => {
  const [often, seldom] = [new SpeedMeter(), new SpeedMeter()];
  for (const meter of [often, seldom]) meter.add(0, 0);
  for (let at = 10; at <= 10_000; at += 10) {
    for (const meter of [often, seldom]) meter.add(100, at);
    often.speed(at);
  }
  about(often.speed(10_000), 10_000);
  about(seldom.speed(10_000), 10_000);
});
