import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FILE_STATES,
  hasArrived,
  isBlocked,
  isComing,
  isDecided,
  isGone,
  isInRun,
  isObtainable,
  isRemovable,
  isSeenByGuests,
  isSeenByMembers,
  isWithheld,
  statesWhere,
} from "./file-states.ts";

test("each question about states has its list", () => {
  const lists = {
    coming: statesWhere(isComing),
    arrived: statesWhere(hasArrived),
    inRun: statesWhere(isInRun),
    decided: statesWhere(isDecided),
    blocked: statesWhere(isBlocked),
    withheld: statesWhere(isWithheld),
    gone: statesWhere(isGone),
    removable: statesWhere(isRemovable),
    seenByMembers: statesWhere(isSeenByMembers),
    seenByGuests: statesWhere(isSeenByGuests),
  };
  assert.deepEqual(lists, {
    coming: ["reserved", "uploading"],
    arrived: ["stored", "ready", "infected", "unscannable"],
    inRun: ["stored", "ready"],
    decided: ["ready", "infected", "unscannable"],
    blocked: ["infected", "unscannable"],
    withheld: ["infected", "unscannable", "failed"],
    gone: ["cancelled", "failed", "removed"],
    removable: ["stored", "ready", "infected", "unscannable", "failed"],
    seenByMembers: ["stored", "ready", "unscannable"],
    seenByGuests: ["ready"],
  });
});

test("every file can be had, is withheld, or is no part of the transfer any more", () => {
  for (const state of FILE_STATES)
    assert.ok(isObtainable(state) !== (isWithheld(state) || isGone(state)), `${state} is either of them`);
});

test("a state that is not known is neither had nor seen", () => {
  for (const state of [undefined, "", "constructor", "opened"]) {
    assert.deepEqual([isObtainable(state), isSeenByMembers(state), isSeenByGuests(state)], [false, false, false]);
    assert.deepEqual([isComing(state), hasArrived(state), isRemovable(state)], [false, false, false]);
  }
});
