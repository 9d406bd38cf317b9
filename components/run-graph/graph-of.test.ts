import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionWords } from "./condition-words.ts";
import { DELIVERY, labelOf } from "./drawn-graph.ts";
import { graphOf } from "./graph-of.ts";

const node = (id: string) => DELIVERY.nodes.find((one) => one.id === id);
const from = (id: string) =>
  DELIVERY.edges
    .filter((edge) => edge.from === id)
    .map(({ kind, to, label }) => [kind, to, label].filter(Boolean).join(" "));

test("the delivery's graph has every state but the plumbing, and every edge has two ends", () => {
  const ids = DELIVERY.nodes.map(({ id }) => id);
  for (const id of ["Check", "Preview", "Kind", "Pictures", "Transcode", "Policy", "Scan", "Finish", "Failed"]) {
    assert.ok(ids.includes(id), id);
  }
  assert.ok(!ids.some((id) => id.startsWith("Prepare")));
  assert.equal(new Set(ids).size, ids.length);
  for (const { from, to } of DELIVERY.edges) assert.ok(ids.includes(from) && ids.includes(to), `${from} to ${to}`);
  assert.equal(new Set(DELIVERY.edges.map(({ id }) => id)).size, DELIVERY.edges.length);
});

test("choices carry their condition in words, several to the same state in one edge", () => {
  assert.deepEqual(from("Kind"), [
    "choice Pictures pictures",
    "choice Documents documents",
    "choice Archives archives",
    "choice Media sound and video",
    "default NoPreview anything else",
  ]);
  assert.deepEqual(from("Policy"), [
    "choice Publish without a scan",
    "choice OpenUnscanned at once",
    "default Scan after the scan",
  ]);
});

test("no edge of the delivery says what only the machine understands", () => {
  const labels = DELIVERY.edges.flatMap(({ label }) => (label ? [label] : []));
  assert.ok(labels.length >= 9);
  for (const label of labels) assert.doesNotMatch(label, /otherwise|no files|\boff\b|transcode|equals| or /, label);
});

test("pass states are folded into the edge, what catches is told apart, and ends end", () => {
  const edge = DELIVERY.edges.find((one) => one.from === "Playable" && one.to === "Transcode");
  assert.deepEqual([edge?.label, edge?.through], ["not everywhere", ["PrepareTranscode"]]);
  assert.deepEqual(from("Scan"), ["next Publish", "catch NoteFailure"]);
  assert.deepEqual(from("Finish"), ["catch NoteFailure"]);
  assert.deepEqual(
    ["Finish", "Pictures", "NoPreview", "Failed", "Scan"].map((id) => node(id)?.end),
    [true, true, true, true, false],
  );
});

test("a Map frames its inner states, and what only failures reach stands aside", () => {
  assert.equal(node("Preview")?.kind, "map");
  assert.equal(node("Kind")?.frame, "Preview");
  assert.equal(node("Scan")?.frame, undefined);
  assert.deepEqual(
    DELIVERY.nodes.filter(({ aside }) => aside).map(({ id }) => id),
    ["NotePreviewFailure", "NoteFailure", "Failed"],
  );
});

test("the end of a run whose transfer was deleted meanwhile is not drawn", () => {
  assert.equal(node("Forgotten"), undefined);
  assert.deepEqual(from("Pictures"), ["catch NotePreviewFailure"]);
  assert.deepEqual(from("NoteFailure"), ["next Failed"]);
});

test("any other machine is drawn as well, and names that are new are put in words", () => {
  const graph = graphOf({
    StartAt: "First",
    States: {
      First: { Type: "Pass", Next: "Decide" },
      Decide: {
        Type: "Choice",
        Choices: [{ Variable: "$.size", NumericGreaterThan: 5, Next: "BigOne" }],
        Default: "Done",
      },
      BigOne: { Type: "Task", Next: "Done" },
      Done: { Type: "Succeed" },
    },
  });
  assert.deepEqual(
    graph.nodes.map(({ id, kind }) => `${id} ${kind}`),
    ["Decide choice", "BigOne task", "Done success"],
  );
  assert.equal(graph.edges[0]?.label, "size greater than 5");
  assert.equal(labelOf({ id: "BigOne" }), "Big one");
});

test("conditions are put in words", () => {
  const cases: [Parameters<typeof conditionWords>[0], string][] = [
    [{ And: [{ Variable: "$.a", BooleanEquals: true }, { Not: { Variable: "$.b", IsPresent: true } }] }, "a and not b"],
    [{ Variable: "$.b", BooleanEquals: false }, "no b"],
    [{ Variable: "$.plan.files", NumericEquals: 0 }, "no files"],
    [{ Variable: "$.plan.files", NumericEquals: 3 }, "3 files"],
  ];
  for (const [rule, words] of cases) assert.equal(conditionWords(rule), words);
});
