/**
 * Every verb, found from the code, tried by everyone: an owner, a viewer, the owner of another workspace, a guest with
 * the right link, a guest with another link, and nobody. A verb that is not in the matrix fails the first test.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { createTransfer } from "#lib/transfers/create-transfer.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { requireEngines } from "./engines.ts";
import { reservation, sendFile } from "./send.ts";
import { makeWorkspace } from "./workspace.ts";

requireEngines();

const LIB = resolve(import.meta.dirname, "..");
const ACTORS = ["owner", "viewer", "otherWorkspace", "guest", "otherGuest", "nobody"] as const;
type Actor = (typeof ACTORS)[number];

/** `yes`: it works. `else`: refused with the error's code. */
type Row = Record<Actor, string> & { input: (stage: Stage) => unknown; prepare?: (stage: Stage) => Promise<unknown> };
type Stage = { id: string; link: string; otherLink: string; owner: Ctx; session: string };

const memberOnly = { guest: "NotSignedIn", otherGuest: "NotSignedIn", nobody: "NotSignedIn" };
const read = { owner: "yes", viewer: "yes", otherWorkspace: "TransferNotFound", ...memberOnly };
const write = { ...read, viewer: "NotAllowed" };
const own = { owner: "yes", viewer: "yes", otherWorkspace: "yes", ...memberOnly };
const byLink = {
  owner: "LinkUnknown",
  viewer: "LinkUnknown",
  otherWorkspace: "LinkUnknown",
  guest: "yes",
  nobody: "LinkUnknown",
};
const anyone = { owner: "yes", viewer: "yes", otherWorkspace: "yes", guest: "yes", otherGuest: "yes", nobody: "yes" };
const needsSecret = Object.fromEntries(ACTORS.map((actor) => [actor, "SignInLinkInvalid"])) as Record<Actor, string>;
const ref = ({ id }: Stage) => ({ id });
const transferRef = ({ id }: Stage) => ({ transferId: id });
const remove = ({ owner, id }: Stage) => deleteTransfer(owner, { id });

const MATRIX: Record<string, Row> = {
  "transfers/create-transfer.ts createTransfer": { ...own, viewer: "NotAllowed", input: () => ({ title: "new" }) },
  "transfers/list-transfers.ts listTransfers": { ...own, input: () => ({ everyone: true }) },
  "transfers/get-transfer.ts getTransfer": { ...read, input: ref },
  "transfers/edit-transfer.ts editTransfer": { ...write, input: ({ id }) => ({ id, title: "t", message: "m" }) },
  "transfers/extend-transfer.ts extendTransfer": { ...write, input: ({ id }) => ({ id, expiryDays: 9 }) },
  "transfers/delete-transfer.ts deleteTransfer": { ...write, input: ref },
  "transfers/restore-transfer.ts restoreTransfer": { ...write, input: ref, prepare: remove },
  "transfers/purge-transfer.ts purgeTransfer": { ...write, input: ref, prepare: remove },
  "transfers/seal-transfer.ts sealTransfer": { ...write, input: transferRef },
  "transfers/collect-transfer.ts collectTransfer": { ...byLink, otherGuest: "yes", input: () => ({}) },
  "transfers/require-guest.ts requireGuest": { ...byLink, otherGuest: "yes", input: () => ({}) },
  "links/renew-link.ts renewLink": { ...write, input: ref },
  "links/open-link.ts openLink": { ...anyone, input: ({ link }) => ({ token: link.slice(3) }) },
  "files/reserve-files.ts reserveFiles": { ...write, input: ({ id }) => reservation(id, 1, [{ path: "b", size: 1 }]) },
  "files/sign-parts.ts signParts": {
    ...write,
    prepare: async ({ owner, id }) =>
      (await import("#lib/files/reserve-files.ts")).reserveFiles(owner, reservation(id, 1, [{ path: "b", size: 1 }])),
    input: ({ id }) => ({ transferId: id, parts: [{ ordinal: 1, part: 1, crc64: "AAAAAAAAAAA=" }] }),
  },
  "files/complete-files.ts completeFiles": {
    ...write,
    input: ({ id }) => ({ transferId: id, files: [{ ordinal: 0, crc64: "AAAAAAAAAAA=" }] }),
  },
  "files/cancel-files.ts cancelFiles": { ...write, input: ({ id }) => ({ transferId: id, ordinals: [0] }) },
  "files/get-upload-status.ts getUploadStatus": { ...write, input: transferRef },
  // A guest with another link reaches the files of that link alone, and there is none with this ordinal.
  "files/grant-download.ts grantDownload": { ...byLink, otherGuest: "FileNotFound", input: () => ({ ordinal: 0 }) },
  "workspaces/get-workspace.ts getWorkspace": { ...own, input: () => undefined },
  "workspaces/set-limits.ts setLimits": { ...own, viewer: "NotAllowed", input: () => ({ file: 1000 }) },
  "members/check-sign-in.ts checkSignIn": { ...needsSecret, input: () => ({ token: "guessed" }) },
  "members/redeem-sign-in.ts redeemSignIn": { ...needsSecret, input: () => ({ token: "guessed" }) },
  "members/sign-out.ts signOut": { ...anyone, input: ({ session }) => ({ session }) },
};

function verbsInCode(): string[] {
  return globSync("*/*.ts", { cwd: LIB })
    .filter((file) => !file.endsWith(".test.ts") && !/^(web|testing|auth|kernel)\//.test(file))
    .flatMap((file) => {
      const source = readFileSync(join(LIB, file), "utf8");
      return [...source.matchAll(/export (?:async )?function (\w+)\(\s*_?ctx: Ctx\b/g)].map(
        ([, name]) => `${file} ${name}`,
      );
    })
    .sort();
}

test("every verb in the code is in the matrix, and every verb in the matrix is in the code", () => {
  assert.ok(verbsInCode().length > 15);
  assert.deepEqual(Object.keys(MATRIX).sort(), verbsInCode());
});

async function stage(): Promise<Stage & { as: Record<Actor, Ctx> }> {
  const [ws, other] = [await makeWorkspace(), await makeWorkspace()];
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { title: "private" });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("a"));
  const { link: otherLink } = await createTransfer(owner, { title: "another of the same workspace" });
  const as = {
    owner,
    viewer: ws.as("viewer"),
    otherWorkspace: other.as("owner"),
    guest: await ws.guest(link),
    otherGuest: await ws.guest(otherLink),
    nobody: ws.nobody,
  };
  return { id, link, otherLink, owner, session: "no such session", as };
}

for (const [name, row] of Object.entries(MATRIX)) {
  test(`${name.split(" ")[1]} does for each actor what the matrix says`, async () => {
    const [file = "", verbName = ""] = name.split(" ");
    const module: Record<string, (ctx: Ctx, input: unknown) => Promise<unknown>> = await import(join(LIB, file));
    const verb = module[verbName];
    assert.ok(verb);
    for (const actor of ACTORS) {
      const scene = await stage();
      await row.prepare?.(scene);
      const outcome: string = await verb(scene.as[actor], row.input(scene)).then(
        () => "yes",
        (error: { code?: string }) => error.code ?? String(error),
      );
      assert.equal(outcome, row[actor], `${verbName} as ${actor}`);
    }
  });
}
