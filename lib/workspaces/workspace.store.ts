import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { ScanPolicy, UnscannablePolicy } from "#lib/kernel/choices.ts";
import { DEFAULT_EXPIRY_DAYS, DEFAULT_LINK_PREVIEW } from "#lib/kernel/choices.ts";
import { PreconditionFailed } from "#lib/kernel/errors.ts";
import type { WorkspaceEntity } from "./workspace.entity.ts";
import type { EditWorkspace, Limits, WorkspaceView } from "./workspace.schema.ts";

type WorkspaceRow = EntityItem<typeof WorkspaceEntity>;

/** Whether a workspace is as whoever changes it has read it. */
export type IsExpected = (seen: WorkspaceView) => boolean;

export const getWorkspaceRow = async (id: string): Promise<WorkspaceView> => viewOf(await getRow(id));

async function getRow(id: string, { consistent = false } = {}): Promise<WorkspaceRow> {
  const { data } = await db().entities.workspace.get({ id }).go({ consistent });
  if (!data) throw new Error(`The workspace ${id} of a signed-in member is missing.`);
  return data;
}

function viewOf(data: WorkspaceRow): WorkspaceView {
  const { name, limits, scanPolicy, unscannable, trashDays } = data;
  const { expiryDays = DEFAULT_EXPIRY_DAYS, linkPreview = DEFAULT_LINK_PREVIEW } = data;
  return {
    ...{ id: data.id, name, limits: given(limits ?? {}), expiryDays, linkPreview },
    ...(scanPolicy ? { scanPolicy } : {}),
    ...(unscannable ? { unscannable } : {}),
    ...(trashDays === undefined ? {} : { trashDays }),
  };
}

type Changes = Partial<Omit<WorkspaceRow, "id" | "createdAt" | "revision" | "limits">> & { limits?: Limits };

/**
 * Writes `changes`. With `isExpected` only if it says so of the workspace as it is, and nobody writes in between. Throws
 * PreconditionFailed otherwise.
 */
async function update(id: string, changes: Changes, isExpected?: IsExpected): Promise<void> {
  const change = () => db().entities.workspace.patch({ id }).set(changes).add({ revision: 1 });
  if (!isExpected) return void (await change().go());
  const row = await getRow(id, { consistent: true });
  if (!isExpected(viewOf(row))) throw new PreconditionFailed();
  const { revision } = row;
  const written = await conditionHeld(() =>
    change()
      .where((at, is) => (revision === undefined ? is.notExists(at.revision) : is.eq(at.revision, revision)))
      .go(),
  );
  if (!written) throw new PreconditionFailed();
}

export const updateWorkspace = (
  id: string,
  { name, expiryDays, linkPreview }: EditWorkspace,
  isExpected?: IsExpected,
): Promise<void> => update(id, { name, expiryDays, linkPreview }, isExpected);

export const updateLimits = (id: string, limits: Limits, isExpected?: IsExpected): Promise<void> =>
  update(id, { limits: given(limits) }, isExpected);

export const updateScanPolicy = (
  id: string,
  { policy, unscannable }: { policy: ScanPolicy; unscannable?: UnscannablePolicy | undefined },
  isExpected?: IsExpected,
): Promise<void> => update(id, { scanPolicy: policy, ...(unscannable ? { unscannable } : {}) }, isExpected);

export const updateTrashPeriod = (id: string, trashDays: number, isExpected?: IsExpected): Promise<void> =>
  update(id, { trashDays }, isExpected);

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
