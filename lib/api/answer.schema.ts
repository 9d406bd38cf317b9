/** What the program interface answers, for its OpenAPI document and for the tests that hold the answers to it. */
import { z } from "zod";
import type { ActivityView, DeliveryView } from "../deliveries/delivery.schema.ts";
import { DeliveryState } from "../deliveries/delivery.schema.ts";
import type { FileView } from "../files/file.schema.ts";
import { ACTIVITY_KINDS } from "../kernel/activity-kinds.ts";
import { LIMITED, LINK_PREVIEWS, SCAN_POLICIES, UNSCANNABLE_POLICIES } from "../kernel/choices.ts";
import { KEY_SCOPES, ROLES } from "../kernel/ctx.ts";
import { FILE_KINDS } from "../kernel/file-kind.ts";
import { FILE_STATES, FILE_STATUSES } from "../kernel/file-states.ts";
import { TRANSFER_STATUSES } from "../kernel/transfer-status.ts";
import { MESSAGE_TYPES, WEBHOOK_EVENTS } from "../kernel/webhook-events.ts";
import { TransferState, type TransferView } from "../transfers/transfer.schema.ts";
import { MESSAGE_STATES, type MessageView, WEBHOOK_STATES, type WebhookView } from "../webhooks/webhook.schema.ts";
import { RunState, StepState } from "../workflow/run.schema.ts";
import type { WorkspaceView } from "../workspaces/workspace.schema.ts";

export const Count = z.number().int().min(0);
export const Time = z.iso.datetime().describe("ISO 8601, in UTC.");
const Amount = z.strictObject({ files: Count, bytes: Count });

/** A page of a list. `cursor` is handed to the next call as it is; without one this page is the last. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), cursor: z.string().exactOptional() });

export const TransferAnswer = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    name: z.string().describe("Its title, or what it is called without one."),
    message: z.string(),
    state: TransferState,
    status: z.enum(TRANSFER_STATUSES).describe("How it stands, by its state and its files."),
    numbers: z.record(z.enum(FILE_STATUSES), Amount).describe("Its files by their status."),
    fileCount: Count,
    bytes: Count,
    createdAt: Time,
    expiresAt: Time,
    deletedAt: Time.exactOptional(),
    restorableUntil: Time.exactOptional().describe("Until when a deleted transfer can be restored."),
    purged: z.boolean().describe("Whether the bytes of a deleted transfer are gone."),
    sender: z.strictObject({ id: z.string(), name: z.string() }),
    recipients: z.strictObject({ named: Count, collected: Count }),
    link: z.string().describe("What opens it for guests: a URL, or its path where no origin is known."),
    downloadLimit: Count.exactOptional(),
    picture: z.strictObject({ ordinal: Count, name: z.string() }).exactOptional(),
  })
  .meta({ id: "Transfer" }) satisfies z.ZodType<TransferView>;

const Rendition = z.strictObject({
  name: z.string(),
  type: z.string(),
  bytes: Count,
  width: Count.optional(),
  height: Count.optional(),
});

export const FileAnswer = z
  .strictObject({
    ordinal: Count.describe("Its number within the transfer, from 0."),
    path: z.string(),
    size: Count.describe("In bytes."),
    type: z.string(),
    state: z.enum(FILE_STATES),
    kind: z.enum(FILE_KINDS).exactOptional(),
    detectedType: z.string().exactOptional(),
    notice: z.string().exactOptional().describe("Why it is blocked, has failed or has no preview."),
    scanMark: z.string().exactOptional().describe("What its virus scan leaves open."),
    renditions: z.array(Rendition).exactOptional(),
    facts: z
      .partialRecord(z.enum(["width", "height", "seconds", "pages", "entries"]), z.number().optional())
      .exactOptional(),
    lastModified: z.number().exactOptional().describe("Milliseconds since 1970."),
    restorableUntil: Time.exactOptional(),
    spent: z.literal(true).exactOptional(),
    taken: Time.exactOptional(),
  })
  .meta({ id: "File" }) satisfies z.ZodType<FileView>;

export const DeliveryAnswer = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string().exactOptional(),
    state: DeliveryState,
    mailedAt: Time.exactOptional(),
    openedAt: Time.exactOptional(),
    downloadedAt: Time.exactOptional(),
    lastDownloadAt: Time.exactOptional(),
    revokedAt: Time.exactOptional(),
    downloads: Count,
    files: Count,
    bytes: Count,
    problem: z.string().exactOptional(),
    link: z.string(),
  })
  .meta({ id: "Delivery" }) satisfies z.ZodType<DeliveryView>;

export const ActivityAnswer = z
  .strictObject({
    id: z.string(),
    kind: z.enum(ACTIVITY_KINDS),
    who: z.string().exactOptional().describe("A name or an address; absent for anyone with the link."),
    at: Time,
    count: Count.exactOptional(),
    note: z.string().exactOptional(),
  })
  .meta({ id: "Activity" }) satisfies z.ZodType<ActivityView>;

/** In bytes, by what is limited. */
export const LimitsAnswer = z
  .partialRecord(z.enum(LIMITED), Count)
  .describe("In bytes; without a limit where nothing is said.");

export const WorkspaceAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    limits: LimitsAnswer,
    scanPolicy: z.enum(SCAN_POLICIES).exactOptional(),
    trashDays: Count.exactOptional(),
    unscannable: z.enum(UNSCANNABLE_POLICIES).exactOptional(),
    expiryDays: Count,
    linkPreview: z.enum(LINK_PREVIEWS),
  })
  .meta({ id: "Workspace" }) satisfies z.ZodType<WorkspaceView>;

const Step = z.strictObject({
  state: z.string().describe("Its name in the state machine."),
  batch: Count.exactOptional(),
  outcome: StepState,
  attempts: Count,
  startedAt: Time,
  finishedAt: Time.exactOptional(),
  done: Count.exactOptional(),
  total: Count.exactOptional(),
  message: z.string().exactOptional(),
  batches: z
    .strictObject({ total: Count, running: Count, succeeded: Count, skipped: Count, failed: Count })
    .exactOptional(),
});

/** A transfer's runs; a step that runs once for each batch lists its batches, or those that matter most. */
export const RunsAnswer = z
  .strictObject({
    runs: z.array(
      z.strictObject({
        wave: Count.describe("Its number, from 1."),
        state: RunState,
        files: Count,
        policy: z.enum(SCAN_POLICIES),
        startedAt: Time,
        finishedAt: Time.exactOptional(),
        message: z.string().exactOptional(),
        planned: z.record(z.string(), Count).exactOptional(),
        steps: z.array(Step.extend({ listed: z.array(Step).exactOptional() })),
      }),
    ),
    status: z.enum(TRANSFER_STATUSES),
    numbers: z.record(z.enum(FILE_STATUSES), Amount),
    live: z.boolean(),
    earlier: Count.describe("How many runs there are before the oldest of these."),
    at: Time,
  })
  .meta({ id: "Runs" });

/** For whom a key acts, and how far it reaches. */
export const CallerAnswer = z
  .strictObject({
    workspaceId: z.string(),
    memberId: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(KEY_SCOPES)),
  })
  .meta({ id: "Caller" });

export const WebhookAnswer = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    state: z
      .enum(WEBHOOK_STATES)
      .describe(
        "`failing`: a message failed at every attempt and none arrived since. `gone`: the receiver answered 410.",
      ),
    createdAt: Time,
    failingSince: Time.exactOptional(),
    previousSecretUntil: Time.exactOptional().describe("Until when the secret before signs as well."),
  })
  .meta({ id: "Webhook" }) satisfies z.ZodType<WebhookView>;

export const WebhookMessageAnswer = z
  .strictObject({
    id: z.string().describe("The header webhook-id of every attempt."),
    type: z.enum(MESSAGE_TYPES),
    state: z.enum(MESSAGE_STATES),
    createdAt: Time,
    nextAttemptAt: Time.exactOptional(),
    attempts: z
      .array(
        z.strictObject({
          at: Time,
          ms: Count.describe("How long it took, in milliseconds."),
          status: z.number().int().exactOptional().describe("Of the receiver's answer, if one came."),
          error: z.string().exactOptional().describe("What went wrong, or the beginning of the answer."),
        }),
      )
      .describe("The oldest first."),
  })
  .meta({ id: "WebhookMessage" }) satisfies z.ZodType<MessageView>;

/** Problem details (RFC 9457); `code` stays the same, `detail` is for people. */
export const ProblemAnswer = z
  .strictObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: "Problem" });
