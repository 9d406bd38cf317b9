import { db } from "#lib/db/service.ts";
import type { Role } from "#lib/kernel/ctx.ts";
import type { Profile } from "./member.schema.ts";

/** A member's name and role; undefined for one who is gone. */
export async function findMember(workspaceId: string, id: string): Promise<{ name: string; role: Role } | undefined> {
  const { data } = await db().entities.member.get({ workspaceId, id }).go();
  return data ? { name: data.name, role: data.role } : undefined;
}

/** A member's address for notices, and whether recipients may see it; both absent if there is none. */
export async function findMemberAddress(
  workspaceId: string,
  id: string,
): Promise<{ email?: string | undefined; replies: boolean }> {
  const { data } = await db().entities.member.get({ workspaceId, id }).go();
  return { email: data?.email, replies: data?.replies ?? false };
}

/** An empty address is removed. A member who was removed meanwhile is not created again. */
export async function writeProfile(workspaceId: string, id: string, { name, email, replies }: Profile): Promise<void> {
  const member = db().entities.member.patch({ workspaceId, id }).set({ name, replies });
  await (email ? member.set({ email }) : member.remove(["email"])).go();
}

/** Undefined removes the address. */
export async function writeMemberEmail(workspaceId: string, id: string, email: string | undefined): Promise<void> {
  const member = db().entities.member.patch({ workspaceId, id });
  await (email ? member.set({ email }) : member.remove(["email"])).go();
}
