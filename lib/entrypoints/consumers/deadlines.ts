import { z } from "zod";
import { warnRecipients } from "#lib/deliveries/warn-recipients.ts";
import { expireTransfer } from "#lib/transfers/expire-transfer.ts";
import { asSystem } from "../system-handler.ts";

const Deadline = z.object({
  workspaceId: z.string(),
  transferId: z.string(),
  kind: z.enum(["warning", "expiry", "purge"]),
});

/** A one-shot schedule fired. It is a wake-up: the verbs look at the row before they do anything. */
export async function handler(event: unknown): Promise<void> {
  const { workspaceId, transferId, kind } = Deadline.parse(event);
  await asSystem(workspaceId, async (ctx) => {
    if (kind === "warning") await warnRecipients(ctx, { transferId });
    else await expireTransfer(ctx, { transferId });
  });
}
