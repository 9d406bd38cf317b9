import { z } from "zod";
import { warnRecipients } from "#lib/deliveries/warn-recipients.ts";
import { purgeFile } from "#lib/files/purge-file.ts";
import { expireTransfer } from "#lib/transfers/expire-transfer.ts";
import { asSystem } from "../system-handler.ts";

const Of = z.object({ workspaceId: z.string(), transferId: z.string() });
const Deadline = z.discriminatedUnion("kind", [
  Of.extend({ kind: z.enum(["warning", "expiry", "purge"]) }),
  Of.extend({ kind: z.literal("file"), ordinal: z.number().int().nonnegative() }),
]);

/** Handles a one-time schedule. The event is only a signal: the verbs read the row before they do anything. */
export async function handler(event: unknown): Promise<void> {
  const deadline = Deadline.parse(event);
  const { workspaceId, transferId } = deadline;
  await asSystem(workspaceId, async (ctx) => {
    if (deadline.kind === "file") await purgeFile(ctx, { transferId, ordinal: deadline.ordinal });
    else if (deadline.kind === "warning") await warnRecipients(ctx, { transferId });
    else await expireTransfer(ctx, { transferId });
  });
}
