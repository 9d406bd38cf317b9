import { db } from "#lib/db/service.ts";
import type { ScanPolicy, UnscannablePolicy } from "#lib/kernel/choices.ts";
import { DEFAULT_EXPIRY_DAYS, DEFAULT_LINK_PREVIEW } from "#lib/kernel/choices.ts";
import type { EditWorkspace, Limits, WorkspaceView } from "./workspace.schema.ts";

export async function getWorkspaceRow(id: string): Promise<WorkspaceView> {
  const { data } = await db().entities.workspace.get({ id }).go();
  if (!data) throw new Error(`The workspace ${id} of a signed-in member is missing.`);
  const { name, limits, scanPolicy, unscannable, trashDays } = data;
  const { expiryDays = DEFAULT_EXPIRY_DAYS, linkPreview = DEFAULT_LINK_PREVIEW } = data;
  return {
    ...{ id: data.id, name, limits: given(limits ?? {}), expiryDays, linkPreview },
    ...(scanPolicy ? { scanPolicy } : {}),
    ...(unscannable ? { unscannable } : {}),
    ...(trashDays === undefined ? {} : { trashDays }),
  };
}

export async function updateWorkspace(id: string, { name, expiryDays, linkPreview }: EditWorkspace): Promise<void> {
  await db().entities.workspace.patch({ id }).set({ name, expiryDays, linkPreview }).go();
}

export async function updateLimits(id: string, limits: Limits): Promise<void> {
  await db()
    .entities.workspace.patch({ id })
    .set({ limits: given(limits) })
    .go();
}

export async function updateScanPolicy(
  id: string,
  { policy, unscannable }: { policy: ScanPolicy; unscannable?: UnscannablePolicy | undefined },
): Promise<void> {
  const changes = { scanPolicy: policy, ...(unscannable ? { unscannable } : {}) };
  await db().entities.workspace.patch({ id }).set(changes).go();
}

export async function updateTrashPeriod(id: string, trashDays: number): Promise<void> {
  await db().entities.workspace.patch({ id }).set({ trashDays }).go();
}

/** Only what is set. */
function given({ file, transfer, member, workspace }: { [what in keyof Limits]: number | undefined }): Limits {
  return {
    ...(file === undefined ? {} : { file }),
    ...(transfer === undefined ? {} : { transfer }),
    ...(member === undefined ? {} : { member }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

/** The workspace that this deployment serves, once someone has signed in. */
export async function findDeployment(): Promise<{ workspaceId: string; ownerId: string } | undefined> {
  const { data } = await db().entities.deployment.get({ id: "main" }).go();
  return data ? { workspaceId: data.workspaceId, ownerId: data.ownerId } : undefined;
}
