import { db } from "#lib/db/service.ts";

export async function getWorkspaceRow(id: string): Promise<{ id: string; name: string }> {
  const { data } = await db().entities.workspace.get({ id }).go();
  if (!data) throw new Error(`The workspace ${id} of a signed-in member is missing.`);
  return { id: data.id, name: data.name };
}

/** The workspace that this deployment serves, once someone has signed in. */
export async function findDeployment(): Promise<{ workspaceId: string; ownerId: string } | undefined> {
  const { data } = await db().entities.deployment.get({ id: "main" }).go();
  return data ? { workspaceId: data.workspaceId, ownerId: data.ownerId } : undefined;
}
