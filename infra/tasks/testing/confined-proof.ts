/** Runs inside of a container, in the conductor's place: attackers' programs in the place of ffmpeg and clamd get nothing. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { attack, gotOf, tallyLines } from "#lib/programs/testing/attack.ts";

const attacked = await attack();
// ffmpeg reads its source there, and a container has one network: its security group says how far that goes.
const allowed = ["network"];
assert.deepEqual(gotOf(attacked), { ffprobe: allowed, ffmpeg: allowed, clamd: allowed });
// Another user is refused what is there; to the same user it would be open.
for (const { conductor, memory, trace, signal } of Object.values(attacked.powers)) {
  assert.deepEqual([conductor, memory], Array(2).fill("no: Permission denied"));
  assert.deepEqual([trace, signal], Array(2).fill("no: Operation not permitted"));
}
assert.match(attacked.capped.disk ?? "", /^8 MiB: File too large/);
assert.match(attacked.capped.processes ?? "", /^12\d processes$/);
assert.deepEqual(attacked.left, { names: ["heap", "inside", "large"], processes: 0 });
assert.deepEqual(readdirSync("/tmp"), []);
for (const line of tallyLines(attacked)) console.log(line);
