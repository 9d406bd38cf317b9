import assert from "node:assert/strict";
import { test } from "node:test";
import { requireTools } from "./tools.ts";

/** A system with some programs, and an installer for the packages that it knows. */
function makeSystem(has: string[], brings: Record<string, string[]> = {}) {
  const there = new Set(has);
  const asked: string[][] = [];
  const installer = {
    name: "any",
    install(packages: string[]) {
      asked.push(packages);
      for (const one of packages) for (const program of brings[one] ?? []) there.add(program);
    },
  };
  const find = (program: string) => (there.has(program) ? `/usr/bin/${program}` : undefined);
  return { asked, ways: { find, installers: [installer] } };
}

const BRINGS = { "clamav-daemon": ["clamd"], "clamav-freshclam": ["freshclam"], ffmpeg: ["ffmpeg", "ffprobe"] };

test("if all programs are there, nothing is installed", () => {
  const { asked, ways } = makeSystem(["clamd", "freshclam", "ffmpeg", "ffprobe"]);
  requireTools(ways);
  assert.deepEqual(asked, []);
});

test("the packages of missing programs are installed at once, each once", () => {
  const { asked, ways } = makeSystem(["freshclam"], BRINGS);
  requireTools(ways);
  assert.deepEqual(asked, [["clamav-daemon", "ffmpeg"]]);
});

test("if some can't be installed, a sentence says what to do", () => {
  const { ways } = makeSystem(["clamd", "freshclam"]);
  assert.throws(() => requireTools(ways), /need ffmpeg, ffprobe, .* Install the packages ffmpeg /);
});

test("this machine has them", () => {
  requireTools();
});
