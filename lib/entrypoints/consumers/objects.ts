import { z } from "zod";
import { reconcileTransfer } from "#lib/workflow/reconcile-transfer.ts";
import { asSystem, type Invocation } from "../system-handler.ts";

/** The fields of S3's notification that name the object ("Event message structure" in the S3 guide). */
const ObjectsCreated = z.object({
  Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })),
});

const KEY = /^(ws_[0-9A-Za-z]{22})\/(tr_[0-9A-Za-z]{22})\/\d+$/;

/** Files have arrived at S3: their transfers are reconciled. */
export async function handler(event: unknown, { awsRequestId }: Invocation): Promise<void> {
  const keys = ObjectsCreated.parse(event).Records.map(({ s3 }) =>
    decodeURIComponent(s3.object.key.replaceAll("+", " ")),
  );
  const transfers = new Map(
    keys.flatMap((key) => {
      const [, workspaceId = "", transferId = ""] = KEY.exec(key) ?? [];
      return transferId ? [[transferId, workspaceId] as const] : [];
    }),
  );
  for (const [transferId, workspaceId] of transfers) {
    await asSystem(workspaceId, (ctx) => reconcileTransfer(ctx, { transferId, token: awsRequestId }));
  }
}
