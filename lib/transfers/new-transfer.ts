import type { z } from "zod";
import type { Authorization } from "#lib/auth/permissions.ts";
import { newId } from "#lib/kernel/id.ts";
import { inDays } from "#lib/kernel/time.ts";
import type { WorkspaceView } from "#lib/workspaces/workspace.schema.ts";
import type { CreateTransfer } from "./transfer.schema.ts";
import { senderShelf, type TransferRow } from "./transfer.store.ts";

/** An empty transfer of the acting member, before it is written. */
export function newTransferRow(
  { actor, workspaceId }: Authorization,
  id: string,
  { title, message, expiryDays, downloadLimit }: z.output<typeof CreateTransfer>,
  { name, scanPolicy, unscannable, ...workspace }: WorkspaceView,
  { now, origin }: { now: Date; origin: string | undefined },
): TransferRow {
  return {
    workspaceId,
    id,
    state: "draft",
    shelf: "transfers",
    senderShelf: senderShelf(actor.memberId, "transfers"),
    title,
    message,
    senderId: actor.memberId,
    senderName: actor.name,
    workspaceName: name,
    linkId: newId("ln"),
    linkVersion: 1,
    nextOrdinal: 0,
    fileCount: 0,
    bytes: 0,
    ...(origin ? { origin } : {}),
    createdAt: now.toISOString(),
    expiresAt: inDays(now, expiryDays ?? workspace.expiryDays),
    ...(downloadLimit > 0 ? { downloadLimit } : {}),
    ...(scanPolicy ? { scanPolicy } : {}),
    ...(unscannable ? { unscannable } : {}),
  };
}
