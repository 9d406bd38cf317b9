import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { Page } from "#lib/files/file.schema.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import type { ActivityEntity } from "./activity.entity.ts";

export type ActivityRow = EntityItem<typeof ActivityEntity>;

type Happening = {
  workspaceId: string;
  transferId: string;
  kind: ActivityRow["kind"];
  who: string;
  name?: string | undefined;
  note?: string | undefined;
  at: Date;
};

const keyOf = ({ workspaceId, transferId, kind, who, at }: Happening) => ({
  workspaceId,
  transferId,
  kind,
  who,
  hour: at.toISOString().slice(0, 13),
});

/** The entry of something that happens once, for callers that write it in their own transaction. */
export function entryOf(happening: Happening): ActivityRow {
  const { workspaceId, transferId, name, note, at } = happening;
  const time = at.toISOString();
  return {
    ...keyOf(happening),
    workspaceId,
    transferId,
    firstAt: time,
    lastAt: time,
    ...(name ? { name } : {}),
    ...(note ? { note } : {}),
  };
}

/** Writes something that happens once; a repetition within the hour changes nothing. */
export async function noteOnce(happening: Happening): Promise<void> {
  await conditionHeld(() => db().entities.activity.create(entryOf(happening)).go());
}

/** Writes something that may happen again: within the hour the latest time is kept. */
export async function noteLatest(happening: Happening): Promise<void> {
  const { name, note, at } = happening;
  await db()
    .entities.activity.upsert(keyOf(happening))
    .set({ lastAt: at.toISOString(), ...(name ? { name } : {}), ...(note ? { note } : {}) })
    .go();
}

/** Adds granted downloads to the entry of their hour. Must be called once for each grant. */
export async function addDownloads(happening: Omit<Happening, "kind" | "note">, count: number): Promise<void> {
  const { name, at } = happening;
  await db()
    .entities.activity.upsert(keyOf({ ...happening, kind: "downloaded" }))
    .set({ lastAt: at.toISOString(), ...(name ? { name } : {}) })
    .add({ count })
    .go();
}

/** Latest first, paged with a cursor. */
export async function listActivityRows(
  of: { workspaceId: string; id: string },
  options: { limit: number; cursor?: string | undefined },
): Promise<Page<ActivityRow>> {
  const page = await db()
    .entities.activity.query.inTransfer({ workspaceId: of.workspaceId, transferId: of.id })
    .go({ order: "desc", limit: options.limit, cursor: options.cursor ?? null })
    .catch((error: unknown) => {
      if (options.cursor) throw new InvalidInput("This page of the list can't be opened. Start from its beginning.");
      throw error;
    });
  return { items: page.data, ...(page.cursor ? { cursor: page.cursor } : {}) };
}
