import { db } from "#lib/db/service.ts";

/** Whether a sign-in link has been used. */
export async function isSignInUsed(nonce: string): Promise<boolean> {
  return (await db().entities.signIn.get({ nonce }).go()).data !== null;
}

type FirstOwner = { workspaceId: string; workspaceName: string; memberId: string; memberName: string };

/**
 * Uses a sign-in link; with `first`, creates the deployment's workspace and its owner in the same transaction. False
 * when the link was used before, or another link's owner was created first.
 */
export async function spendSignIn(
  used: { nonce: string; usedAt: string; expires: number },
  first: FirstOwner | undefined,
): Promise<boolean> {
  const createdAt = used.usedAt;
  const written = await db()
    .transaction.write((rows) => [
      rows.signIn.create(used).commit(),
      ...(first
        ? [
            rows.deployment.create({ id: "main", workspaceId: first.workspaceId, ownerId: first.memberId }).commit(),
            rows.workspace.create({ id: first.workspaceId, name: first.workspaceName, createdAt }).commit(),
            rows.member
              .create({
                workspaceId: first.workspaceId,
                id: first.memberId,
                name: first.memberName,
                role: "owner",
                createdAt,
              })
              .commit(),
          ]
        : []),
    ])
    .go();
  return !written.canceled;
}
