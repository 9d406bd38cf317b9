import { db } from "#lib/db/service.ts";
import type { Profile } from "./member.schema.ts";

export async function findMemberEmail(workspaceId: string, id: string): Promise<string | undefined> {
  return (await db().entities.member.get({ workspaceId, id }).go()).data?.email;
}

/** An empty address is taken away. A member who is gone meanwhile is not made again. */
export async function writeProfile(workspaceId: string, id: string, { name, email }: Profile): Promise<void> {
  const member = db().entities.member.patch({ workspaceId, id }).set({ name });
  await (email ? member.set({ email }) : member.remove(["email"])).go();
}

/** Undefined takes the address away. */
export async function writeMemberEmail(workspaceId: string, id: string, email: string | undefined): Promise<void> {
  const member = db().entities.member.patch({ workspaceId, id });
  await (email ? member.set({ email }) : member.remove(["email"])).go();
}
