import { z } from "zod";
import { announceTransfer } from "#lib/deliveries/announce-transfer.ts";
import { mailFirstDownload } from "#lib/deliveries/mail-first-download.ts";
import { closeUrls } from "#lib/downloads/close-urls.ts";
import { purgeFile } from "#lib/files/purge-file.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { purgeRemovedContent } from "#lib/transfers/purge-removed-content.ts";
import { scheduleDeadlines } from "#lib/transfers/schedule-deadlines.ts";
import { type EmittedEvent, emitEvent } from "#lib/webhooks/emit-event.ts";
import { sendWaitingMessage } from "#lib/webhooks/send-waiting-message.ts";
import { reconcileTransfer } from "#lib/workflow/reconcile-transfer.ts";
import { asSystem } from "../system-handler.ts";

/** A row as the stream has it, in DynamoDB's own JSON. */
const Value = z.looseObject({ S: z.string().optional(), N: z.string().optional(), M: z.unknown().optional() });
const Image = z.record(z.string(), Value);
type Image = z.infer<typeof Image>;

const StreamRecord = z.object({
  eventName: z.enum(["INSERT", "MODIFY", "REMOVE"]),
  dynamodb: z.object({ SequenceNumber: z.string(), NewImage: Image.optional(), OldImage: Image.optional() }),
});
type StreamRecord = z.infer<typeof StreamRecord>;

/** The tasks that changes lead to. Each is done once for all changes of a transfer in a batch. */
type Task =
  | "forget"
  | "schedule"
  | "reconcile"
  | "announce"
  | "close"
  | "revoke"
  | `tell ${string}`
  | `purge ${number}`
  | `close ${number}`
  | `send ${string}`;

type Event = Omit<EmittedEvent, "transferId">;

/** `id`: of the transfer, or of a webhook's message. `events`: what webhooks are told, by their keys. */
type Work = { workspaceId: string; id: string; tasks: Set<Task>; events: Map<string, Event>; sequence: string[] };

/**
 * Changes of the table, in order. They are about transfers, recipients, downloads, files, links and messages to webhooks.
 * Every task of a batch is tried. If one fails, the batch fails, and the stream delivers it again; repeating is safe.
 */
export async function handler(event: unknown): Promise<void> {
  const { Records } = z.object({ Records: z.array(StreamRecord) }).parse(event);
  const failures: unknown[] = [];
  const works = collect(Records);
  // Signed URLs are closed first, because the other tasks may take longer.
  for (const step of [close, perform, tellWebhooks]) {
    for (const work of works) {
      try {
        await asSystem(work.workspaceId, (ctx) => step(ctx, work));
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} transfers could not be reconciled.`);
}

/** By transfer, in the order in which their first changes came. */
function collect(records: StreamRecord[]): Work[] {
  const works = new Map<string, Work>();
  for (const record of records) {
    const { NewImage: after, OldImage: before, SequenceNumber } = record.dynamodb;
    const image = after ?? before ?? {};
    const entity = text(image, "__edb_e__");
    const tasks = tasksOf(entity, before, after);
    const workspaceId = text(image, "workspaceId");
    const event = eventOf(entity, before, after);
    const id = text(image, /^(transfer|webhookMessage)$/.test(entity) ? "id" : "transferId");
    if ((tasks.length === 0 && !event) || !workspaceId || !id) continue;
    const work: Work = works.get(id) ?? { workspaceId, id, tasks: new Set(), events: new Map(), sequence: [] };
    for (const task of tasks) work.tasks.add(task);
    if (event) work.events.set(`${event.type} ${event.key}`, event);
    work.sequence.push(SequenceNumber);
    works.set(id, work);
  }
  return [...works.values()];
}

const text = (image: Image | undefined, name: string): string => image?.[name]?.S ?? image?.[name]?.N ?? "";

/** Only decides which tasks to do; each task reads the rows again. */
function tasksOf(entity: string, before: Image | undefined, after: Image | undefined): Task[] {
  const differs = (name: string) => text(before, name) !== text(after, name);
  if (entity === "transfer") {
    if (!after) return ["forget"];
    const state = text(after, "state");
    const sealed = state === "sealed" || state === "ready";
    return [
      ...(differs("expiresAt") || differs("purgeAt") || differs("purgedAt") || differs("state")
        ? sealed || state === "deleted" || text(after, "purgedAt")
          ? (["schedule"] as const)
          : []
        : []),
      ...(sealed && differs("state") ? (["reconcile", "announce"] as const) : []),
      ...(state === "deleted" && differs("state") ? (["close"] as const) : []),
    ];
  }
  if ((entity === "delivery" || entity === "webhookMessage") && after) {
    const waits = text(after, "state") === "waiting" && (differs("state") || differs("round"));
    if (!waits) return [];
    return [entity === "delivery" ? "announce" : `send ${text(after, "webhookId")}`];
  }
  if (entity === "file" && after && differs("state") && text(before, "state") === "ready")
    return [`close ${Number(text(after, "ordinal"))}`];
  if (entity === "activity" && after && !before && text(after, "kind") === "released") return ["announce"];
  if (entity === "activity" && after && /^(renewed|revoked)$/.test(text(after, "kind"))) return ["revoke"];
  // Also a second time within the hour, because the time in the trash begins again.
  if (entity === "activity" && after && text(after, "kind") === "removed") {
    const ordinal = /^file-(\d+)$/.exec(text(after, "who"))?.[1];
    return ordinal === undefined ? [] : [`purge ${Number(ordinal)}`];
  }
  if (entity === "activity" && after && !before && text(after, "kind") === "downloaded") {
    return [`tell ${text(after, "who")}`];
  }
  return [];
}

/** What webhooks are told. Its key is the same whenever the stream delivers the record again. */
function eventOf(entity: string, before: Image | undefined, after: Image | undefined): Event | undefined {
  if (!after) return undefined;
  if (entity === "activity" && !before) {
    const kind = text(after, "kind");
    if (kind !== "opened" && kind !== "downloaded") return undefined;
    const who = text(after, "who");
    return { type: `transfer.${kind}`, key: `${text(after, "hour")} ${who}`, who, at: text(after, "lastAt") };
  }
  if (entity !== "transfer") return undefined;
  const [state, stateBefore] = [text(after, "state"), text(before, "state")];
  if (text(after, "purgedAt") && !text(before, "purgedAt"))
    return state === "deleted" ? undefined : { type: "transfer.expired", key: "", at: text(after, "expiresAt") };
  if (state === "ready" && stateBefore === "sealed") return { type: "transfer.ready", key: "" };
  if (state !== "sealed" && state !== "ready") return undefined;
  // Blocked files are told of once the transfer is sealed; those of before as well.
  const known = stateBefore === "draft" || stateBefore === "uploading" ? 0 : blockedIn(before);
  return blockedIn(after) > known ? { type: "transfer.blocked", key: text(after, "counts") } : undefined;
}

const Counted = z.object({ blocked: z.object({ M: z.object({ files: z.object({ N: z.string() }) }) }) });

/** How many files of a transfer are blocked, as last counted. */
function blockedIn(image: Image | undefined): number {
  const counted = Counted.safeParse(image?.["counted"]?.M);
  return counted.success ? Number(counted.data.blocked.M.files.N) : 0;
}

async function close(ctx: Ctx, { id: transferId, tasks }: Work): Promise<void> {
  const ordinals = [...tasks].flatMap((task) => (task.startsWith("close ") ? Number(task.slice(6)) : []));
  const revoked = tasks.has("revoke");
  if (revoked || tasks.has("close")) await closeUrls(ctx, { transferId, revoked });
  else if (ordinals.length > 0) await closeUrls(ctx, { transferId, ordinals });
}

async function perform(ctx: Ctx, { id, tasks, sequence }: Work): Promise<void> {
  for (const task of tasks)
    if (task.startsWith("send ")) return sendWaitingMessage(ctx, { webhookId: task.slice(5), id });
  const input = { transferId: id };
  if (tasks.has("forget")) return purgeRemovedContent(ctx, input);
  if (tasks.has("schedule")) await scheduleDeadlines(ctx, input);
  if (tasks.has("reconcile")) await reconcileTransfer(ctx, { ...input, token: `stream-${sequence[0]}` });
  if (tasks.has("announce")) await announceTransfer(ctx, input);
  for (const task of tasks)
    if (task.startsWith("purge ")) await purgeFile(ctx, { ...input, ordinal: Number(task.slice(6)) });
  for (const task of tasks)
    if (task.startsWith("tell ")) await mailFirstDownload(ctx, { ...input, who: task.slice(5) });
}

async function tellWebhooks(ctx: Ctx, { id, events }: Work): Promise<void> {
  for (const event of events.values()) await emitEvent(ctx, { transferId: id, ...event });
}
