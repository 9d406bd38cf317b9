import { resources } from "#lib/adapters/resources.ts";
import { db } from "#lib/db/service.ts";
import { mintLinkToken } from "./link-token.ts";

export async function findLink(id: string, { consistent = false } = {}) {
  return (await db().entities.link.get({ id }).go({ consistent })).data ?? undefined;
}

/** Path of the guests' page for a link. */
export const linkPath = (link: { id: string; version: number }): string =>
  `/t/${mintLinkToken(resources.linkKeys, link)}`;
