import assert from "node:assert/strict";
import { test } from "node:test";
import { BackStack } from "./back-stack.ts";

/** A window's history as far as it matters here: moves happen later, timers when they are run. */
function fakeWindow() {
  const entries: { state: unknown; href: string }[] = [{ state: { page: true }, href: "/a" }];
  const timers: (() => void)[] = [];
  let at = 0;
  let listener: (event: { stopImmediatePropagation: () => void }) => void = () => {};
  const heard: string[] = [];
  const move = (by: number) => {
    at += by;
    let isHeard = true;
    listener({
      stopImmediatePropagation: () => {
        isHeard = false;
      },
    });
    if (isHeard) heard.push(here().href);
    run();
  };
  const run = () => {
    for (let work = timers.shift(); work; work = timers.shift()) work();
  };
  const push = (state: unknown, href: string) => {
    entries.splice(++at, Number.POSITIVE_INFINITY, { state, href });
  };
  const here = () => entries[at] as { state: unknown; href: string };
  const stack = new BackStack({
    location: {
      get href() {
        return here().href;
      },
    },
    history: {
      get state() {
        return here().state;
      },
      pushState: (state) => push(state, here().href),
      go: (by) => timers.push(() => move(by)),
    },
    addEventListener: (_type, given) => {
      listener = given;
    },
    setTimeout: (work) => timers.push(work),
  });
  return {
    stack,
    run,
    step: () => timers.shift()?.(),
    back: () => move(-1),
    forward: () => move(1),
    /** The router goes to another page, or draws this one anew and forgets what it does not know. */
    visit: (href: string) => push({ page: true }, href),
    redraw: () => Object.assign(here(), { state: { page: true } }),
    /** Addresses of journeys that the router was told of. */
    heard,
    where: () => ({ at, href: here().href }),
  };
}

test("Back closes the dialog and leaves the page where it was", () => {
  const { stack, run, back, where, heard } = fakeWindow();
  const closed: string[] = [];
  const gone = stack.add(() => closed.push("dialog"));
  run();
  assert.deepEqual(where(), { at: 1, href: "/a" });
  back();
  gone();
  run();
  assert.deepEqual(closed, ["dialog"]);
  assert.deepEqual(where(), { at: 0, href: "/a" });
  assert.deepEqual(heard, [], "for the router nothing has happened");
});

test("a dialog that was closed otherwise leaves no entry behind, also when the page was drawn anew meanwhile", () => {
  const { stack, run, redraw, where } = fakeWindow();
  const gone = stack.add(() => assert.fail("it is closed already"));
  run();
  redraw();
  gone();
  run();
  assert.deepEqual(where(), { at: 0, href: "/a" });
});

test("of two dialogs Back closes the upper one first", () => {
  const { stack, run, back, where } = fakeWindow();
  const closed: string[] = [];
  stack.add(() => closed.push("lower"));
  run();
  stack.add(() => closed.push("upper"));
  run();
  back();
  assert.deepEqual(closed, ["upper"]);
  back();
  assert.deepEqual(closed, ["upper", "lower"]);
  assert.equal(where().at, 0);
});

test("a dialog that takes another's place at once moves nothing", () => {
  const { stack, run, where } = fakeWindow();
  const gone = stack.add(() => {});
  run();
  gone();
  stack.add(() => {});
  run();
  assert.equal(where().at, 1);
});

test("a dialog that opens while the last one's entry is being taken back has an entry of its own", () => {
  const { stack, step, run, back, where } = fakeWindow();
  const closed: string[] = [];
  const gone = stack.add(() => {});
  run();
  gone();
  // It has asked to go back, and has not gone yet.
  step();
  stack.add(() => closed.push("second"));
  run();
  assert.equal(where().at, 1);
  back();
  assert.deepEqual(closed, ["second"]);
  assert.equal(where().at, 0);
});

test("a link in a dialog leads on, and Back from there skips the dialog's entry", () => {
  const { stack, run, visit, back, where, heard } = fakeWindow();
  const gone = stack.add(() => {});
  run();
  visit("/b");
  gone();
  run();
  assert.deepEqual(where(), { at: 2, href: "/b" });
  back();
  assert.deepEqual(where(), { at: 0, href: "/a" });
  assert.deepEqual(heard, ["/a"], "the router hears of the journey to the page, once");
});

test("Forward does not end in an entry whose dialog is gone", () => {
  const { stack, run, back, forward, where } = fakeWindow();
  const gone = stack.add(() => {});
  run();
  back();
  gone();
  run();
  forward();
  assert.equal(where().at, 0);
});
