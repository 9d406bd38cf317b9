import { resources } from "#lib/adapters/resources.ts";
import type { Ctx, GuestActor } from "#lib/kernel/ctx.ts";
import { LinkRevoked, LinkUnknown } from "./link.errors.ts";
import { findLink } from "./link.store.ts";
import { linkIdOfToken, versionOfToken } from "./link-token.ts";

/** The context of whoever holds the token. Throws LinkUnknown or LinkRevoked; the transfer's own state is not looked at. */
export async function openLink(ctx: Ctx, input: { token: string }): Promise<Ctx & { actor: GuestActor }> {
  const id = linkIdOfToken(input.token);
  const link = id && (await findLink(id));
  if (!link) throw new LinkUnknown();
  const version = versionOfToken(resources.linkKeys, input.token, link);
  if (version === undefined) throw new LinkUnknown();
  if (version !== link.version) throw new LinkRevoked();
  const { workspaceId, transferId, deliveryId } = link;
  const actor: GuestActor = {
    kind: "guest",
    workspaceId,
    linkId: link.id,
    linkVersion: link.version,
    transferId,
    ...(deliveryId ? { deliveryId } : {}),
  };
  return { ...ctx, actor };
}
