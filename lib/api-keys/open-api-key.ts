import type { Ctx, MemberActor } from "#lib/kernel/ctx.ts";
import { KeyInvalid } from "./api-key.errors.ts";
import { findKeyMember } from "./api-key.store.ts";

/** The context of a program that calls with this key. Throws KeyInvalid; of whom the key was, nobody is told. */
export async function openApiKey(ctx: Ctx, { key }: { key: string }): Promise<Ctx & { actor: MemberActor }> {
  const found = await findKeyMember(key, ctx.clock.now());
  if (!found) throw new KeyInvalid();
  return { ...ctx, ...found };
}
