import assert from "node:assert/strict";
import { test } from "node:test";
import { getFileRow } from "#lib/files/file.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { HOUR, makeWorkspace } from "#lib/testing/workspace.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { addBegun } from "./begun.store.ts";
import { grantDownload } from "./grant-download.ts";
import { grantDownloads } from "./grant-downloads.ts";
import { mostOf, networkOf, requireAllowance } from "./require-allowance.ts";

requireEngines();

async function begin() {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, {});
  await sendFile(owner, id, 0, "a.txt", Buffer.from("hello"));
  await makeReady(owner, id, 0);
  const anyone = await ws.guest(link);
  const from = (address: string) => ({ ...anyone, actor: { ...anyone.actor, address } });
  const transfer = await getTransferRow({ actor: owner.actor, workspaceId: ws.id, scope: "any" }, id);
  const row = () => getFileRow({ workspaceId: ws.id, id }, 0);
  return { ws, transfer, from, row, linkId: anyone.actor.linkId };
}

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "granted",
    (error: { code?: string }) => String(error.code),
  );

test("an address that has begun too many downloads waits for the next hour; refused requests do not count, and others go on", async () => {
  const { ws, transfer, from, row } = await begin();
  const most = mostOf("address", transfer);
  const one = from("203.0.113.7");
  const some = Array.from({ length: most.files - 7 }, () => ({ size: 1 }));
  await requireAllowance(one, transfer, some);
  const asked = Array.from({ length: 20 }, (_, index) =>
    outcomeOf(
      index % 2
        ? grantDownload(one, { ordinal: 0 })
        : grantDownloads(one, { files: [{ ordinal: 0 }] }).then(({ files }) =>
            assert.ok(files[0] && "grant" in files[0]),
          ),
    ),
  );
  const outcomes = await Promise.all(asked);
  assert.equal(outcomes.filter((outcome) => outcome === "granted").length, 7);
  assert.deepEqual(new Set(outcomes), new Set(["granted", "TooManyDownloads"]));
  assert.equal((await row()).downloads, 7);
  await grantDownload(one, { ordinal: 0, by: "head" });
  await grantDownload(from("203.0.113.8"), { ordinal: 0 });
  await assert.rejects(grantDownload(from("::ffff:203.0.113.7"), { ordinal: 0 }), /from your connection/);
  ws.clock.advance(HOUR);
  await grantDownload(one, { ordinal: 0 });
});

test("continuing a download is not beginning one, however much was begun", async () => {
  const { transfer, from } = await begin();
  const one = from("203.0.113.7");
  const [file] = (await grantDownloads(one, { files: [{ ordinal: 0 }] })).files;
  assert.ok(file && "grant" in file);
  await requireAllowance(
    one,
    transfer,
    Array.from({ length: mostOf("address", transfer).files - 1 }, () => ({ size: 1 })),
  );
  const again = await grantDownloads(one, { files: [{ ordinal: 0, grant: file.grant }] });
  assert.ok(again.files[0] && "grant" in again.files[0]);
  await assert.rejects(grantDownloads(one, { files: [{ ordinal: 0 }] }), /Please try again in \d+ minutes?\.$/);
});

test("bytes count as well, and a link that many addresses use has a limit of its own", async () => {
  const { ws, transfer, from, linkId } = await begin();
  const { bytes } = mostOf("address", transfer);
  await requireAllowance(from("203.0.113.7"), transfer, [{ size: bytes - 1 }]);
  await assert.rejects(requireAllowance(from("203.0.113.7"), transfer, [{ size: 2 }]), /from your connection/);
  const link = { workspaceId: ws.id, transferId: transfer.id, who: `link#${linkId}`, at: ws.clock.now() };
  const { files } = mostOf("link", transfer);
  assert.equal(await addBegun(link, { files: files - 1, bytes: 0 }, mostOf("link", transfer)), true);
  await assert.rejects(requireAllowance(from("203.0.113.9"), transfer, [{ size: 1 }]), (error: Error) => {
    assert.match(error.message, /^Very many downloads were begun through this link within this hour\./);
    const { retryAfter } = (error as unknown as { details: { retryAfter: number } }).details;
    assert.ok(retryAfter >= 1 && retryAfter <= 3600);
    return true;
  });
});

test("a household behind one address never reaches the limit, with many files or a very large one", () => {
  for (const transfer of [
    { nextOrdinal: 10_000, bytes: 1024 ** 4 },
    { nextOrdinal: 1, bytes: 40 * 1024 ** 4 },
    { nextOrdinal: 3, bytes: 1000 },
  ]) {
    const most = mostOf("address", transfer);
    assert.ok(most.files >= 6 * 3 * transfer.nextOrdinal && most.bytes >= 6 * 3 * transfer.bytes);
    assert.ok(mostOf("link", transfer).files >= 10 * most.files);
  }
});

test("of an IPv6 address only the network counts, in every notation", () => {
  for (const [address, network] of [
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:12:34:5:6:7:8", "2001:db8:12:34"],
    ["2001:0DB8:0012:0034::9", "2001:db8:12:34"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ] as const)
    assert.equal(networkOf(address), network);
});
