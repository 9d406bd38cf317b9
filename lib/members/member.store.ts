import { db } from "#lib/db/service.ts";

export async function findMemberEmail(workspaceId: string, id: string): Promise<string | undefined> {
  return (await db().entities.member.get({ workspaceId, id }).go()).data?.email;
}

/** Undefined takes the address away. */
export async function writeMemberEmail(workspaceId: string, id: string, email: string | undefined): Promise<void> {
  const member = db().entities.member.patch({ workspaceId, id });
  await (email ? member.set({ email }) : member.remove(["email"])).go();
}
