import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { type EditProfile, Profile } from "./member.schema.ts";
import { writeProfile } from "./member.store.ts";

/** What whoever acts is called from now on, and where they are told of what happens; transfers keep the name they were sent under. */
export async function editProfile(ctx: Ctx, input: EditProfile): Promise<Profile> {
  const { actor } = requirePermission(ctx, "workspace:read");
  const profile = Profile.parse(input);
  await writeProfile(actor.workspaceId, actor.memberId, profile);
  return profile;
}
