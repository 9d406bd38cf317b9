import { requirePermission } from "#lib/auth/permissions.ts";
import type { Page } from "#lib/files/file.schema.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { listActivityRows } from "./activity.store.ts";
import type { ActivityView } from "./delivery.schema.ts";

const PAGE = 50;

/** What happened to a transfer since it was sent, latest first. */
export async function listActivity(
  ctx: Ctx,
  input: TransferRef & { cursor?: string | undefined },
): Promise<Page<ActivityView>> {
  const authorized = requirePermission(ctx, "transfer:read");
  const transfer = await getTransferRow(authorized, TransferRef.parse(input).id);
  const page = await listActivityRows(transfer, { limit: PAGE, cursor: input.cursor });
  const items = page.items.map(
    ({ hour, kind, who, name, lastAt, count, note }): ActivityView => ({
      id: `${hour} ${kind} ${who}`,
      kind,
      at: lastAt,
      ...(name ? { who: name } : {}),
      ...(count ? { count } : {}),
      ...(note ? { note } : {}),
    }),
  );
  return { ...page, items: items.sort((a, b) => (a.at < b.at ? 1 : -1)) };
}
