/** Runs inside of a container: who it is, what it is told, and where it can write. Prints a line for each proof. */
import assert from "node:assert/strict";
import { accessSync, constants, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const status = readFileSync("/proc/self/status", "utf8");
const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "absent";

assert.deepEqual([field("Uid"), field("Gid")], Array(2).fill(Array(4).fill("10001").join("\t")));
assert.match(field("Groups"), /^(10001)?$/);
for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) assert.match(field(set), /^0+$/, set);
console.log("it runs as 10001:10001, in no other group, with no capability and none to gain");

const KNOWN = /^(PATH|HOME|HOSTNAME|PWD|NODE_ENV|\w+_PATH|AWS_EXECUTION_ENV|AWS_REGION)$/;
assert.deepEqual(
  Object.keys(process.env).filter((name) => !KNOWN.test(name)),
  [],
);
console.log(`its environment: ${Object.keys(process.env).sort().join(", ")}`);

/** The kernel's own file systems; what they let a process write is about itself. */
const KERNEL = ["/proc", "/sys", "/dev"];

/** Every folder below one, without those that may not be read. */
function* folders(path: string): Generator<string> {
  yield path;
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch {
    return; // not even its names are this user's
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory() && inside !== "/tmp" && !KERNEL.includes(inside)) yield* folders(inside);
  }
}

/** Why a file can't be written there; undefined where it can. */
function refusal(folder: string): string | undefined {
  const file = join(folder, "dormouse-rehearsal");
  try {
    writeFileSync(file, "");
    rmSync(file);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

const answers = [...folders("/")].map((folder) => ({ folder, answer: refusal(folder) }));
assert.deepEqual(
  answers.filter(({ answer }) => answer !== "EROFS" && answer !== "EACCES"),
  [],
);
// Open to everyone by its rights: only the read-only mount forbids it.
assert.equal(refusal("/var/tmp"), "EROFS");
assert.equal(refusal("/tmp"), undefined);
console.log(
  `it can write to /tmp and to none of ${answers.length} folders besides, /var/tmp included (/proc, /sys and /dev aside)`,
);
