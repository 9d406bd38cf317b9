/** What a small studio has in its Dormouse after some weeks: enough of everything that pages can show. */
import { addDeliveries } from "#lib/deliveries/add-deliveries.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { noteDownload } from "#lib/deliveries/note-download.ts";
import { noteOpened } from "#lib/deliveries/note-opened.ts";
import { sampleEicar, samplePdf, sampleWav, sampleXlsx, sampleZip } from "#lib/inspection/testing/samples.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { editProfile } from "#lib/members/edit-profile.ts";
import { reservation, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { DAY } from "#lib/testing/workspace.ts";
import { makeVideo } from "#lib/transcoding/testing/videos.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { editWorkspace } from "#lib/workspaces/edit-workspace.ts";
import { expect } from "../fixtures.ts";
import { landscape } from "./landscapes.ts";

type Files = Record<string, Uint8Array>;
type Details = Parameters<typeof createTransfer>[1];

const text = (words: string) => Buffer.from(words);

async function send(owner: Ctx, details: Details, files: Files, seal = true): Promise<TransferView> {
  const transfer = await createTransfer(owner, details);
  for (const [ordinal, [path, bytes]] of Object.entries(files).entries()) {
    await sendFile(owner, transfer.id, ordinal, path, Buffer.from(bytes));
  }
  if (seal) await sealTransfer(owner, { transferId: transfer.id });
  return transfer;
}

/** Resolves once its run is over, so that pages show what was made of the files. */
async function settled(owner: Ctx, { id }: TransferView): Promise<void> {
  const state = async () => (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
  await expect.poll(state, { timeout: 180_000, intervals: [1000] }).not.toBe("sealed");
}

async function photographs(): Promise<Files> {
  const files: Files = {};
  for (let seed = 1; seed <= 9; seed++) {
    const folder = seed <= 5 ? "Ceremony" : "Party/Dance floor";
    files[`${folder}/DSC_${4810 + seed}.jpg`] = await landscape(seed);
  }
  files["Contact sheet.pdf"] = samplePdf(["Contact sheet\nSelene and Jonas\n12 September", "Page two"]);
  files["First dance.mp4"] = makeVideo("mp4", 4, "640x360", ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]);
  files["Speech.wav"] = sampleWav(3);
  files["Guests.xlsx"] = sampleXlsx([
    ["Name", "Table"],
    ["Mira", 3],
    ["Theo", 4],
  ]);
  files["Raw files.zip"] = sampleZip();
  files["Read me.txt"] = text("The best are in “Ceremony”. Print as you like.\n");
  return files;
}

export type Content = Record<
  "wedding" | "single" | "blocked" | "uploading" | "expired" | "deleted" | "ending",
  TransferView
> & { personalLink: string };

export async function plantContent(workspace: TestWorkspace, origin: string): Promise<Content> {
  const owner = { ...workspace.as("owner"), origin };
  await editProfile(owner, { name: "Ana Lindqvist", email: "ana@hazel.example" });
  await editWorkspace(owner, { name: "Hazel Studio", expiryDays: 14, linkPreview: "sender" });
  owner.actor.name = "Ana Lindqvist";

  workspace.clock.advance(-20 * DAY);
  const expired = await send(owner, { title: "Moodboards, first round", expiryDays: 7 }, { "moods.pdf": samplePdf() });
  workspace.clock.advance(14 * DAY);
  const ending = await send(
    owner,
    { title: "Invoice 2026-114", expiryDays: 7, recipients: [{ email: "accounts@birch.example" }] },
    { "Invoice 2026-114.pdf": samplePdf(["Invoice 2026-114\nTotal 1,840.00"]) },
  );
  workspace.clock.advance(6 * DAY);
  const deleted = await send(owner, { title: "Sent to the wrong people" }, { "draft.txt": text("not yet") });
  const blocked = await send(
    owner,
    { title: "Assets from the agency", recipients: [{ email: "print@press.example" }] },
    { "logo.jpg": await landscape(12, 800, 800), "setup.com": sampleEicar(), "fonts.zip": sampleZip() },
  );
  const uploading = await send(owner, { title: "Dailies, day 3" }, { "A001.jpg": await landscape(14) }, false);
  await reserveFiles(owner, reservation(uploading.id, 1, [{ path: "A002_C004.mov", size: 48_200_000_000 }]));
  const single = await send(
    owner,
    { message: "As we talked about." },
    { "Portrait of Selene.jpg": await landscape(11) },
  );
  const wedding = await send(
    owner,
    {
      title: "Selene and Jonas, the wedding",
      message: "Dear all,\nhere are the pictures of the day. The film follows next week.\n\nAna",
      recipients: [
        { email: "selene@example.org", name: "Selene Okafor" },
        { email: "jonas@example.org", name: "Jonas Weber" },
        { email: "parents@example.org" },
      ],
    },
    await photographs(),
  );
  for (const transfer of [expired, ending, deleted, blocked, single, wedding]) await settled(owner, transfer);
  await deleteTransfer(owner, { id: deleted.id });
  await addDeliveries(owner, { transferId: single.id, recipients: [{ email: "selene@example.org" }] });

  const [first, second] = await listDeliveries(owner, { id: wedding.id });
  if (!first || !second) throw new Error("The wedding has no recipients.");
  const selene = await workspace.guest(first.link);
  await noteOpened(selene);
  for (const ordinal of [0, 1, 2, 3]) await noteDownload(selene, { ordinal, size: 80_000 });
  await noteOpened(await workspace.guest(second.link));
  return { wedding, single, blocked, uploading, expired, deleted, ending, personalLink: first.link };
}
