import assert from "node:assert/strict";
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { PROJECT } from "./evaluate.ts";
import { checkInfraTypes } from "./types.ts";

/** A wrong property in each of these files, and what the compiler says of it. */
const FAULTS = [
  ["infra/table.ts", "ttl: table.ttl", "timeToLive: table.ttl", /'timeToLive' does not exist in type 'DynamoArgs'/],
  ["infra/storage.ts", "daysAfterInitiation:", "days:", /'days' does not exist/],
  ["infra/queue.ts", "messageRetentionSeconds:", "retentionSeconds:", /'retentionSeconds' does not exist/],
  ["infra/workflow.ts", "includeExecutionData:", "executionData:", /'executionData' does not exist/],
  ["infra/functions.ts", "  preview: {", "  previews: {", /'previews' does not exist/],
  ["infra/web.ts", 'architecture: "arm64"', 'architecture: "arm"', /"arm"/],
  ["sst.config.ts", 'home: "aws"', 'home: "amazon"', /"amazon"/],
] as const;

/** The infrastructure in a folder of its own, with all the faults in it. */
function faultyInfra(t: TestContext): string {
  const folder = temporaryDirectory(t);
  const sources = [
    "sst.config.ts",
    "package.json",
    "infra/*.ts",
    "infra/tasks/conductor.ts",
    "infra/tsconfig.json",
    "lib/db/indexes.ts",
    "lib/kernel/file-kind.ts",
    "lib/workflow/definition.ts",
  ];
  for (const path of globSync(sources, { cwd: PROJECT })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(PROJECT, path), join(folder, path));
  }
  for (const name of ["node_modules", ".sst"]) symlinkSync(join(PROJECT, name), join(folder, name));
  for (const [file, before, after] of FAULTS) {
    const source = readFileSync(join(folder, file), "utf8");
    assert.ok(source.includes(before), file);
    writeFileSync(join(folder, file), source.replace(before, after));
  }
  return folder;
}

// That there is none in the project itself is for `npm run verify`, which runs the same check.
test("a wrong property is an error, in every file, and nothing else is", async (t) => {
  // What goes on about an error is indented.
  const said = (await checkInfraTypes(faultyInfra(t))).split(/^(?=\S)/m);
  for (const [file, , , fault] of FAULTS) {
    const ofFile = said.filter((error) => error.includes(`${file}(`));
    assert.match(ofFile.join(""), fault, file);
  }
  assert.deepEqual(
    said.filter((error) => !FAULTS.some(([file]) => error.includes(`${file}(`))),
    [],
  );
});
