/** Runs inside of a container: who it is, what it is told, and where it can write. Prints a line for each proof. */
import assert from "node:assert/strict";
import { accessSync, constants, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONDUCTOR_ID, KEPT } from "../conductor.ts";

const status = readFileSync("/proc/self/status", "utf8");
const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "absent";

const id = `${CONDUCTOR_ID}`;
assert.deepEqual([field("Uid"), field("Gid")], Array(2).fill(Array(4).fill(id).join("\t")));
assert.match(field("Groups"), new RegExp(`^(${id})?$`));
/** As Linux numbers them. */
const NUMBERS = { CHOWN: 0, KILL: 5, SETGID: 6, SETUID: 7, SETPCAP: 8 };
const kept = KEPT.reduce((all, name) => all | (1n << BigInt(NUMBERS[name])), 0n);
for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
  assert.equal(BigInt(`0x${field(set)}`), kept, set);
assert.equal(field("NoNewPrivs"), "1");
console.log(`it runs as ${id}:${id}, in no other group, with ${KEPT.join(", ")} and no other right to gain`);

const KNOWN = /^(PATH|HOME|HOSTNAME|PWD|NODE_ENV|\w+_PATH|AWS_EXECUTION_ENV|AWS_REGION|AWS_CONTAINER_\w+)$/;
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
const { uid, mode } = statSync("/tmp");
assert.deepEqual([uid, mode & 0o7777], [CONDUCTOR_ID, 0o711]);
console.log(
  `it alone can write to /tmp, and it can write to none of ${answers.length} folders besides, /var/tmp included (/proc, /sys and /dev aside)`,
);
