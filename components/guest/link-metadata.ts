import type { LinkPreview } from "#lib/kernel/choices.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import type { GuestTransferView } from "#lib/transfers/transfer.schema.ts";

export type LinkMetadata = { title: string; description: string };

/** What a link says that may say nothing of what is behind it. */
export const NEUTRAL_METADATA: LinkMetadata = {
  title: "Files for you",
  description: "Open the link to see who sent them and to download them.",
};

type Shown = Pick<GuestTransferView, "title" | "senderName" | "workspaceName">;

/** The words of a page behind a link, as its tab and previews of it in chats show them. Of the recipient they say nothing. */
export function linkMetadata(preview: LinkPreview, transfer: Shown): LinkMetadata {
  if (preview === "nothing") return NEUTRAL_METADATA;
  const sender = shorten(visibleName(transfer.senderName), 60);
  const workspace = shorten(visibleName(transfer.workspaceName), 60);
  const title = shorten(visibleName(transfer.title), 100);
  const by = workspace && workspace !== sender ? `${sender}, ${workspace}` : sender;
  const description = `Sent by ${by}. Open the link to see and download them.`;
  return { title: preview === "title" && title ? title : `Files from ${sender}`, description };
}
