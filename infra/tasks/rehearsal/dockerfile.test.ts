import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ENTRY } from "../conductor.ts";
import { DockerfileRefused, type Instruction, readDockerfile } from "./dockerfile.ts";
import { findUnreachable, withTestSignatures } from "./test-signatures.ts";

const textOf = (name: string): string => readFileSync(new URL(`../${name}/Dockerfile`, import.meta.url), "utf8");

/** The instruction of an image that has but one of that word. */
function only<Word extends Instruction["word"]>(all: Instruction[], word: Word) {
  const found = all.filter((one): one is Extract<Instruction, { word: Word }> => one.word === word);
  assert.equal(found.length, 1, word);
  return found[0]!;
}

for (const name of ["scan", "transcode"]) {
  test(`the Dockerfile of ${name} is read whole`, () => {
    const all = readDockerfile(textOf(name));
    assert.deepEqual(
      all.map(({ word }) => word),
      "FROM FROM RUN COPY COPY VOLUME WORKDIR USER ENV HEALTHCHECK ENTRYPOINT CMD".split(" "),
    );
    assert.deepEqual(all[1], { word: "FROM", base: "debian:bookworm-slim", as: undefined });
    const { command } = only(all, "RUN");
    assert.match(
      command,
      /^apt-get update .* && useradd [^\n\\]* dormouse {2}&& chown 10001:10001 \/tmp {2}&& chmod 711 \/tmp$/,
    );
    assert.deepEqual(all[3], {
      word: "COPY",
      from: "node",
      sources: ["/usr/local/bin/node"],
      to: "/usr/local/bin/node",
    });
    assert.deepEqual(only(all, "VOLUME").paths, ["/tmp"]);
    assert.deepEqual(only(all, "USER"), { word: "USER", user: "0", group: "0" });
    assert.equal(only(all, "ENV").variables.NODE_ENV, "production");
    assert.deepEqual(only(all, "ENTRYPOINT").args, ENTRY);
    assert.deepEqual(only(all, "CMD").args, [`/app/${name}.mjs`]);
  });
}

for (const [why, line] of [
  ["an instruction it does not know", "ADD https://example.com/a /app/"],
  ["a copy from above the folder", "COPY ../../package.json /app/"],
  ["a copy from above the folder, further in", "COPY bundle/../../bundle.ts /app/"],
  ["a copy from this machine's root", "COPY /etc/passwd /app/"],
  ["a copy of whatever matches", "COPY bundle/*.mjs /app/"],
  ["a copy that changes its owner", "COPY --chown=1:1 bundle/scan.mjs /app/"],
  ["a copy from a stage that is not there", "COPY --from=builder /app /app/"],
  ["several files into what is no folder", "COPY bundle/a.mjs bundle/b.mjs /app"],
  ["a user by name", "USER dormouse"],
  ["a command without a shell", 'RUN ["apt-get", "update"]'],
  ["a command with a mount", "RUN --mount=type=cache,target=/var/cache/apt apt-get update"],
  ["a start through a shell", "ENTRYPOINT node /app/scan.mjs"],
  ["variables in variables", "ENV PATH=$PATH:/app"],
  ["a check of health", "HEALTHCHECK CMD true"],
] as const) {
  test(`refused: ${why}`, () => {
    assert.doesNotThrow(() => readDockerfile("FROM debian:bookworm-slim\nWORKDIR /tmp\n"));
    assert.throws(() => readDockerfile(`FROM debian:bookworm-slim\n${line}\n`), DockerfileRefused);
  });
}

test("refused: what does not begin with an image", () => {
  assert.throws(() => readDockerfile("RUN true\n"), DockerfileRefused);
});

test("signatures are replaced only where there was no network for freshclam", () => {
  const ended = "ERROR: Sat Nov 28 13:44:20 2026 -> Database update process failed: HTTP GET failed\n";
  const resolve =
    "ERROR: Sat Nov 28 13:44:20 2026 -> remote_cvdhead: Download failed (6) ERROR: Sat Nov 28 13:44:20 2026 ->  Message: Couldn't resolve host name\n";
  assert.equal(findUnreachable({ code: 11, said: resolve + ended, errors: "" }), "Couldn't resolve host name");
  assert.equal(findUnreachable({ code: 0, said: resolve + ended, errors: "" }), undefined);
  // apt's own lack of a network is no reason.
  assert.equal(findUnreachable({ code: 100, said: "Could not resolve 'deb.example.com'", errors: "" }), undefined);
  // Refused by ClamAV's servers: a deployment from here would stop at it, too.
  assert.equal(
    findUnreachable({ code: 11, said: `WARNING: Forbidden; Blocked by CDN\n${ended}`, errors: "" }),
    undefined,
  );
  assert.match(
    withTestSignatures("freshclam --stdout", "A:0:0:00\n"),
    /^freshclam\(\) \{ printf '%s\\n' 'A:0:0:00' > .*; \}; freshclam --stdout$/,
  );
});
