/**
 * Every verb, found from the code, tried by everyone: an owner, a viewer, the owner of another workspace, a guest with
 * the right link, a guest with another link, nobody, and the system of this workspace and of another. A verb that is not in the matrix fails the first test.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { startDeviceLogin } from "#lib/device-login/start-device-login.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { ticketOf } from "#lib/workflow/task-ticket.ts";
import { requireEngines } from "./engines.ts";
import { makeReady } from "./ready.ts";
import { putRun } from "./runs.ts";
import { MIB, reservation, sendFile } from "./send.ts";
import { requireServices } from "./services.ts";
import { createTransfer } from "./transfer.ts";
import { makeWorkspace } from "./workspace.ts";

requireEngines();
requireServices();

const LIB = resolve(import.meta.dirname, "..");
const ACTORS = ["owner", "viewer", "otherWorkspace", "guest", "otherGuest", "nobody", "system", "otherSystem"] as const;
type Actor = (typeof ACTORS)[number];

/** `yes`: it works. `else`: refused with this error code. */
type Row = Record<Actor, string> & { input: (stage: Stage) => unknown; prepare?: (stage: Stage) => Promise<unknown> };
type Stage = {
  id: string;
  link: string;
  otherLink: string;
  owner: Ctx;
  session: string;
  delivery: string;
  webhook: string;
  message: string;
};

const memberOnly = {
  guest: "NotSignedIn",
  otherGuest: "NotSignedIn",
  nobody: "NotSignedIn",
  system: "NotSignedIn",
  otherSystem: "NotSignedIn",
};
const read = { owner: "yes", viewer: "yes", otherWorkspace: "TransferNotFound", ...memberOnly };
const write = { ...read, viewer: "NotAllowed" };
const own = { owner: "yes", viewer: "yes", otherWorkspace: "yes", ...memberOnly };
const byLink = {
  owner: "LinkUnknown",
  viewer: "LinkUnknown",
  otherWorkspace: "LinkUnknown",
  guest: "yes",
  nobody: "LinkUnknown",
  system: "LinkUnknown",
  otherSystem: "LinkUnknown",
};
const fill = (outcome: string) => Object.fromEntries(ACTORS.map((actor) => [actor, outcome])) as Record<Actor, string>;
const anyone = fill("yes");
const needsSecret = fill("SignInLinkInvalid");
/**
 * The system of another workspace finds nothing there and does nothing, because it is called with an id that it does
 * not have.
 */
const systemOnly = { ...fill("NotAllowed"), system: "yes", otherSystem: "yes" };
const ref = ({ id }: Stage) => ({ id });
const transferRef = ({ id }: Stage) => ({ transferId: id });
const deliveryRef = ({ id, delivery }: Stage) => ({ transferId: id, id: delivery });
const adminOnly = { ...own, viewer: "NotAllowed" };
const webhook = { ...adminOnly, otherWorkspace: "WebhookNotFound" };
const webhookRef = ({ webhook: id }: Stage) => ({ id });
const messageRef = ({ webhook: webhookId, message: id }: Stage) => ({ webhookId, id });
const wsOf = ({ actor }: Ctx) => ({ workspaceId: actor.kind === "member" ? actor.workspaceId : "" });
/** Steps of a run: another workspace has none. */
const runStep = { ...fill("NotAllowed"), system: "yes", otherSystem: "RunNotFound" };
/** Of the program that asks: whoever is signed in may approve it for themselves. */
let userCode = "";
async function askDevice({ id, owner }: Stage): Promise<void> {
  const asked = { program: "dormouse", scopes: ["transfers:read" as const], address: id };
  ({ userCode } = await startDeviceLogin({ ...owner, actor: { kind: "nobody" } }, asked));
}
const TASK_SECRET = "of this run";
const stepInput =
  (state: string) =>
  ({ id, owner }: Stage) => ({ ...wsOf(owner), transferId: id, wave: 1, state });
const withRun = ({ id, owner }: Stage, state: "running" | "failed" = "running") =>
  putRun(
    { ...wsOf(owner), transferId: id },
    {
      ...{ state, startedAt: owner.clock.now().toISOString(), ordinals: "", files: 0, batches: [] },
      taskSecret: TASK_SECRET,
    },
  );
const remove = ({ owner, id }: Stage) => deleteTransfer(owner, { id });

const MATRIX: Record<string, Row> = {
  "uploads/begin-transfer.ts beginTransfer": {
    ...own,
    viewer: "NotAllowed",
    input: () => ({
      transfer: { title: "new" },
      batch: randomToken(),
      files: [{ path: "b", size: 1, partSize: 5 * MIB }],
    }),
  },
  "transfers/list-transfers.ts listTransfers": { ...own, input: () => ({ everyone: true }) },
  "transfers/get-transfer.ts getTransfer": { ...read, input: ref },
  "transfers/edit-transfer.ts editTransfer": { ...write, input: ({ id }) => ({ id, title: "t", message: "m" }) },
  "transfers/extend-transfer.ts extendTransfer": { ...write, input: ({ id }) => ({ id, expiryDays: 9 }) },
  "transfers/delete-transfer.ts deleteTransfer": { ...write, input: ref },
  "transfers/restore-transfer.ts restoreTransfer": { ...write, input: ref, prepare: remove },
  "transfers/purge-transfer.ts purgeTransfer": { ...write, input: ref, prepare: remove },
  "transfers/seal-transfer.ts sealTransfer": { ...write, input: transferRef },
  "transfers/expire-transfer.ts expireTransfer": { ...systemOnly, input: transferRef },
  "transfers/purge-removed-content.ts purgeRemovedContent": { ...systemOnly, input: transferRef },
  "transfers/schedule-deadlines.ts scheduleDeadlines": { ...systemOnly, input: transferRef },
  "deliveries/add-deliveries.ts addDeliveries": {
    ...write,
    input: ({ id }) => ({ transferId: id, recipients: [{ email: "eve@example.org" }] }),
  },
  "deliveries/list-deliveries.ts listDeliveries": { ...read, input: ref },
  "deliveries/list-activity.ts listActivity": { ...read, input: ref },
  "deliveries/revoke-delivery.ts revokeDelivery": { ...write, input: deliveryRef },
  "deliveries/resend-delivery.ts resendDelivery": { ...write, input: deliveryRef },
  "deliveries/note-opened.ts noteOpened": { ...byLink, otherGuest: "yes", input: () => undefined },
  "deliveries/note-download.ts noteDownload": { ...byLink, otherGuest: "yes", input: () => ({ ordinal: 0, size: 1 }) },
  "deliveries/announce-transfer.ts announceTransfer": { ...systemOnly, input: transferRef },
  "deliveries/mail-first-download.ts mailFirstDownload": {
    ...systemOnly,
    input: ({ id, delivery }) => ({ transferId: id, who: delivery }),
  },
  "deliveries/note-bounce.ts noteBounce": {
    ...systemOnly,
    input: ({ id, delivery }) => ({ transferId: id, deliveryId: delivery, round: 1, problem: "It came back." }),
  },
  "deliveries/describe-transfer.ts describeTransfer": { ...systemOnly, input: transferRef },
  "deliveries/warn-recipients.ts warnRecipients": { ...systemOnly, input: transferRef },
  "mail/send-mail.ts sendMail": {
    ...systemOnly,
    input: ({ id }) => ({
      transferId: id,
      name: "test",
      to: "ana@example.org",
      fromName: "",
      content: { subject: "s", preview: "p", heading: "h", paragraphs: [], footer: [] },
    }),
  },
  "workflow/announce-run.ts announceRun": { ...runStep, prepare: withRun, input: stepInput("Announce") },
  "transfers/collect-transfer.ts collectTransfer": { ...byLink, otherGuest: "yes", input: () => ({}) },
  "transfers/require-guest.ts requireGuest": { ...byLink, otherGuest: "yes", input: () => ({}) },
  "links/renew-link.ts renewLink": { ...write, input: ref },
  "links/open-link.ts openLink": { ...anyone, input: ({ link }) => ({ token: link.slice(3) }) },
  "uploads/reserve-files.ts reserveFiles": {
    ...write,
    input: ({ id }) => reservation(id, 1, [{ path: "b", size: 1 }]),
  },
  "uploads/sign-parts.ts signParts": {
    ...write,
    prepare: async ({ owner, id }) =>
      (await import("#lib/uploads/reserve-files.ts")).reserveFiles(owner, reservation(id, 1, [{ path: "b", size: 1 }])),
    input: ({ id }) => ({ transferId: id, parts: [{ ordinal: 1, part: 1, crc64: "AAAAAAAAAAA=" }] }),
  },
  "uploads/complete-files.ts completeFiles": {
    ...write,
    input: ({ id }) => ({ transferId: id, files: [{ ordinal: 0, crc64: "AAAAAAAAAAA=" }] }),
  },
  "uploads/cancel-files.ts cancelFiles": { ...write, input: ({ id }) => ({ transferId: id, ordinals: [0] }) },
  "files/remove-file.ts removeFile": { ...write, input: ({ id }) => ({ id, ordinal: 0 }) },
  "files/restore-file.ts restoreFile": {
    ...write,
    input: ({ id }) => ({ id, ordinal: 0 }),
    prepare: async ({ owner, id }) => (await import("#lib/files/remove-file.ts")).removeFile(owner, { id, ordinal: 0 }),
  },
  "files/decide-file.ts decideFile": {
    ...write,
    input: ({ id }) => ({ transferId: id, ordinal: 0, decision: "closed" }),
  },
  "uploads/get-upload-status.ts getUploadStatus": { ...write, input: transferRef },
  // A guest with another link can reach only that link's files, and there is none with this ordinal.
  "downloads/grant-download.ts grantDownload": { ...byLink, otherGuest: "FileNotFound", input: () => ({ ordinal: 0 }) },
  "workflow/reconcile-transfer.ts reconcileTransfer": {
    ...systemOnly,
    input: ({ id }) => ({ transferId: id, token: "t" }),
  },
  "workflow/check-run.ts checkRun": { ...runStep, prepare: withRun, input: stepInput("Check") },
  "workflow/preview-batch.ts previewBatch": {
    ...runStep,
    prepare: withRun,
    input: (stage) => ({ ...stepInput("Pictures")(stage), batch: 0, kind: "picture" }),
  },
  "workflow/publish-run.ts publishRun": { ...runStep, prepare: withRun, input: stepInput("Publish") },
  "workflow/finish-run.ts finishRun": { ...runStep, prepare: withRun, input: stepInput("Finish") },
  "workflow/note-failure.ts noteFailure": {
    ...runStep,
    prepare: withRun,
    input: (stage) => ({
      ...stepInput("NoteFailure")(stage),
      execution: `${stage.id}-1-1`,
      failed: "Run",
      error: { Error: "States.Timeout" },
    }),
  },
  "workflow/serve-task.ts serveTask": {
    ...runStep,
    prepare: withRun,
    input: (stage) => {
      const task = stepInput("Scan")(stage);
      return { task, ticket: ticketOf(TASK_SECRET, task), call: { do: "files", from: 0 } };
    },
  },
  "downloads/close-urls.ts closeUrls": { ...systemOnly, input: transferRef },
  "workflow/restart-failed.ts restartFailed": { ...systemOnly, input: transferRef },
  "workflow/sweep-workspace.ts sweepWorkspace": { ...systemOnly, input: () => ({ token: "t" }) },
  "workflow/failed-events.ts countFailedEvents": { ...own, viewer: "NotAllowed", input: () => undefined },
  "workflow/failed-events.ts redriveFailedEvents": { ...own, viewer: "NotAllowed", input: () => undefined },
  // The batch being processed is smaller than the queue, so the event source stays enabled.
  "workflow/failed-events.ts stopRedriveWhenEmpty": { ...systemOnly, input: () => ({ inHand: -1 }) },
  "workflow/restart-run.ts restartRun": {
    ...write,
    prepare: (stage) => withRun(stage, "failed"),
    input: ({ id }) => ({ transferId: id, wave: 1 }),
  },
  "downloads/grant-downloads.ts grantDownloads": {
    ...byLink,
    // Each file has an answer of its own.
    otherGuest: "yes",
    input: () => ({ files: [{ ordinal: 0 }] }),
  },
  "downloads/list-downloads.ts listDownloads": { ...byLink, otherGuest: "yes", input: () => ({ from: 0 }) },
  "downloads/list-member-downloads.ts listMemberDownloads": { ...read, input: ({ id }) => ({ id, from: 0 }) },
  "downloads/grant-member-downloads.ts grantMemberDownloads": {
    ...read,
    input: ({ id }) => ({ id, files: [{ ordinal: 0 }] }),
  },
  "files/purge-file.ts purgeFile": { ...systemOnly, input: ({ id }) => ({ transferId: id, ordinal: 0 }) },
  "downloads/grant-preview.ts grantPreview": {
    ...byLink,
    otherGuest: "FileNotFound",
    input: () => ({ ordinal: 0, name: "thumb.webp" }),
  },
  "downloads/grant-member-preview.ts grantMemberPreview": {
    ...read,
    input: ({ id }) => ({ id, ordinal: 0, name: "thumb.webp" }),
  },
  "downloads/grant-member-download.ts grantMemberDownload": { ...read, input: ({ id }) => ({ id, ordinal: 0 }) },
  "workflow/get-runs.ts getRuns": { ...read, input: transferRef },
  "workspaces/get-workspace.ts getWorkspace": { ...own, input: () => undefined },
  "workspaces/set-limits.ts setLimits": { ...own, viewer: "NotAllowed", input: () => ({ file: 1000 }) },
  "workspaces/set-scan-policy.ts setScanPolicy": { ...own, viewer: "NotAllowed", input: () => ({ policy: "off" }) },
  "workspaces/set-trash-period.ts setTrashPeriod": { ...own, viewer: "NotAllowed", input: () => ({ days: 3 }) },
  "workspaces/edit-workspace.ts editWorkspace": {
    ...own,
    viewer: "NotAllowed",
    input: () => ({ name: "Studio", expiryDays: 3, linkPreview: "nothing" }),
  },
  "workspaces/get-link-preview.ts getLinkPreview": { ...byLink, otherGuest: "yes", input: () => undefined },
  "api-keys/create-api-key.ts createApiKey": { ...own, input: () => ({ name: "nightly", scopes: ["transfers:read"] }) },
  "api-keys/list-api-keys.ts listApiKeys": { ...own, input: () => undefined },
  "api-keys/open-api-key.ts openApiKey": { ...fill("KeyInvalid"), input: () => ({ key: "guessed" }) },
  "api-keys/count-call.ts countCall": { ...fill("NotSignedIn"), input: () => undefined },
  "api-keys/answer-once.ts answerOnce": {
    ...fill("NotSignedIn"),
    input: () => ({ idempotencyKey: "a", secret: "b", request: [] }),
  },
  "api-keys/revoke-api-key.ts revokeApiKey": { ...own, input: () => ({ id: "revoked before" }) },
  "webhooks/create-webhook.ts createWebhook": {
    ...adminOnly,
    input: () => ({ url: "https://receiver.example/", events: ["transfer.ready"] }),
  },
  "webhooks/list-webhooks.ts listWebhooks": { ...adminOnly, input: () => undefined },
  "webhooks/get-webhook.ts getWebhook": { ...webhook, input: webhookRef },
  "webhooks/edit-webhook.ts editWebhook": { ...webhook, input: ({ webhook: id }) => ({ id, enabled: false }) },
  "webhooks/delete-webhook.ts deleteWebhook": { ...webhook, input: webhookRef },
  "webhooks/rotate-webhook-secret.ts rotateWebhookSecret": { ...webhook, input: webhookRef },
  "webhooks/test-webhook.ts testWebhook": { ...webhook, input: webhookRef },
  "webhooks/list-webhook-messages.ts listWebhookMessages": { ...webhook, input: webhookRef },
  "webhooks/resend-webhook-message.ts resendWebhookMessage": { ...webhook, input: messageRef },
  "webhooks/emit-event.ts emitEvent": {
    ...systemOnly,
    input: ({ id }) => ({ transferId: id, type: "transfer.ready", key: "" }),
  },
  "webhooks/send-waiting-message.ts sendWaitingMessage": { ...systemOnly, input: messageRef },
  // The webhook is paused, so that nothing is sent to a stranger.
  "webhooks/deliver-message.ts deliverMessage": {
    ...systemOnly,
    prepare: async ({ owner, webhook: id }) =>
      (await import("#lib/webhooks/edit-webhook.ts")).editWebhook(owner, { id, enabled: false }),
    input: (stage) => ({ ...messageRef(stage), token: "t" }),
  },
  "webhooks/requeue-overdue-messages.ts requeueOverdueMessages": { ...systemOnly, input: () => undefined },
  "device-login/start-device-login.ts startDeviceLogin": {
    ...anyone,
    input: ({ id }) => ({ program: "dormouse", scopes: ["transfers:read"], address: id }),
  },
  "device-login/poll-device-login.ts pollDeviceLogin": {
    ...fill("expired_token"),
    input: () => ({ deviceCode: "BCDFGHJK.guessed" }),
  },
  "device-login/get-device-login.ts getDeviceLogin": { ...own, prepare: askDevice, input: () => ({ userCode }) },
  "device-login/decide-device-login.ts decideDeviceLogin": {
    ...own,
    prepare: askDevice,
    input: () => ({ userCode, decision: "approved" }),
  },
  "members/edit-profile.ts editProfile": { ...own, input: () => ({ name: "Ana", email: "" }) },
  "members/list-sessions.ts listSessions": { ...own, input: () => undefined },
  "members/end-sessions.ts endSessions": { ...own, input: () => ({}) },
  "members/get-notice-address.ts getNoticeAddress": { ...own, input: () => undefined },
  "members/set-notice-address.ts setNoticeAddress": { ...own, input: () => ({ email: "me@example.org" }) },
  "members/find-sender-address.ts findSenderAddress": { ...systemOnly, input: () => ({ memberId: "mem_x" }) },
  "members/check-sign-in.ts checkSignIn": { ...needsSecret, input: () => ({ token: "guessed" }) },
  "members/redeem-sign-in.ts redeemSignIn": { ...needsSecret, input: () => ({ token: "guessed" }) },
  "members/sign-out.ts signOut": { ...anyone, input: ({ session }) => ({ session }) },
};

function verbsInCode(): string[] {
  return globSync("*/*.ts", { cwd: LIB })
    .filter((file) => !file.endsWith(".test.ts") && !/^(web|testing|auth|kernel)\//.test(file))
    .flatMap((file) => {
      const source = readFileSync(join(LIB, file), "utf8");
      return [...source.matchAll(/export (?:async )?function (\w+)\(\s*_?ctx: Ctx\b/g)].map(
        ([, name]) => `${file} ${name}`,
      );
    })
    .sort();
}

test("every verb in the code is in the matrix, and every verb in the matrix is in the code", () => {
  assert.ok(verbsInCode().length > 15);
  assert.deepEqual(Object.keys(MATRIX).sort(), verbsInCode());
});

async function stage(): Promise<Stage & { as: Record<Actor, Ctx> }> {
  const [ws, other] = await Promise.all([makeWorkspace(), makeWorkspace()]);
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { title: "private", recipients: [{ email: "ana@example.org" }] });
  const [{ id: delivery } = { id: "" }] = await listDeliveries(owner, { id });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("a"));
  await makeReady(owner, id, 0, { renditions: [{ name: "thumb.webp", type: "image/webp", bytes: 1 }] });
  const { webhook: made } = await createWebhook(owner, {
    url: "https://receiver.example/",
    events: ["transfer.ready"],
  });
  const message = await testWebhook(owner, { id: made.id });
  const { link: otherLink } = await createTransfer(owner, { title: "another of the same workspace" });
  const as = {
    owner,
    viewer: ws.as("viewer"),
    otherWorkspace: other.as("owner"),
    guest: await ws.guest(link),
    otherGuest: await ws.guest(otherLink),
    nobody: ws.nobody,
    system: ws.system,
    otherSystem: other.system,
  };
  return {
    id,
    link,
    otherLink,
    owner,
    session: "no such session",
    delivery,
    webhook: made.id,
    message: message.id,
    as,
  };
}

for (const [name, row] of Object.entries(MATRIX)) {
  test(`${name.split(" ")[1]} answers each actor as the matrix says`, async () => {
    const [file = "", verbName = ""] = name.split(" ");
    const module: Record<string, (ctx: Ctx, input: unknown) => Promise<unknown>> = await import(join(LIB, file));
    const verb = module[verbName];
    assert.ok(verb);
    let scene: Awaited<ReturnType<typeof stage>> | undefined;
    for (const actor of ACTORS) {
      if (!scene) {
        scene = await stage();
        await row.prepare?.(scene);
      }
      const outcome: string = await verb(scene.as[actor], row.input(scene)).then(
        () => "yes",
        (error: { code?: string }) => error.code ?? String(error),
      );
      assert.equal(outcome, row[actor], `${verbName} as ${actor}`);
      // A refused call changes nothing, so the next actor finds the same.
      if (outcome === "yes") scene = undefined;
    }
  });
}
