import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { type EditProfile, Profile } from "./member.schema.ts";
import { writeProfile } from "./member.store.ts";

/** Changes the member's name and address for notices. Transfers keep the name that they were sent under. */
export async function editProfile(ctx: Ctx, input: EditProfile): Promise<Profile> {
  const { actor } = requirePermission(ctx, "profile:write");
  const profile = Profile.parse(input);
  await writeProfile(actor.workspaceId, actor.memberId, profile);
  return profile;
}
