import type { LinkPreview } from "#lib/kernel/choices.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { LinkUnknown } from "#lib/links/link.errors.ts";
import { getWorkspaceRow } from "./workspace.store.ts";

/** What previews of the link in hand may say, as its workspace has it at this moment. */
export async function getLinkPreview(ctx: Ctx, _input?: unknown): Promise<LinkPreview> {
  if (ctx.actor.kind !== "guest") throw new LinkUnknown();
  return (await getWorkspaceRow(ctx.actor.workspaceId)).linkPreview;
}
