/**
 * Everything that can be reached over HTTP, tried by everyone: an owner, a viewer, the owner of another workspace, a
 * guest with the right link, a guest with another link, and nobody. Guests and nobody also pass their link off as a
 * session. What is not in the matrix fails the first test.
 */
import { actionsInBuild, routesInCode } from "#e2e/routes.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import type { Ctx, MemberActor } from "#lib/kernel/ctx.ts";
import { insertSession } from "#lib/members/session.store.ts";
import { plantFiles } from "#lib/testing/plant.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { putRun } from "#lib/testing/runs.ts";
import { reservation } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { getUploadStatus } from "#lib/uploads/get-upload-status.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { expect, test } from "../fixtures.ts";

const ACTORS = ["viewer", "otherWorkspace", "otherGuest", "guest", "nobody", "owner"] as const;
type Actor = (typeof ACTORS)[number];

const SECRET_TITLE = "The secret title";
const SECRET_FILE = "the-secret-file.txt";
const SECRET_RECIPIENT = "the-secret-recipient@example.org";
/** A receiver whose name never resolves. */
const RECEIVER = "https://receiver.invalid/";

type Stage = {
  url: string;
  owner: Ctx;
  id: string;
  link: string;
  delivery: string;
  webhook: string;
  message: string;
  cookies: Record<Actor, string>;
};

/** `token`: the link that this actor holds, or one that was guessed for the secret transfer. */
type Call = (stage: Stage & { token: string }) => { path: string; init?: RequestInit };

/** What each actor gets: the HTTP status, and of an error or an action its code (`yes` when it was done). */
type Row = Record<Actor, string> & { call: Call; prepare?: (stage: Stage) => Promise<unknown> };

const json = (path: string, body: (stage: Stage) => unknown): Call => {
  return (stage) => ({
    path,
    init: { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body(stage)) },
  });
};

const get =
  (path: (stage: Stage & { token: string }) => string): Call =>
  (stage) => ({ path: path(stage) });

const strangers = { otherGuest: "401 NotSignedIn", guest: "401 NotSignedIn", nobody: "401 NotSignedIn" };
const protocol = { viewer: "403 NotAllowed", otherWorkspace: "404 TransferNotFound", ...strangers, owner: "200" };
const away = { otherGuest: "307 /welcome", guest: "307 /welcome", nobody: "307 /welcome" };
const behindLink = {
  viewer: "404 LinkUnknown",
  otherWorkspace: "404 LinkUnknown",
  nobody: "404 LinkUnknown",
  owner: "404 LinkUnknown",
};
const byLink = { viewer: "404", otherWorkspace: "404", guest: "200", nobody: "404", owner: "404" };

const ROUTES: Record<string, Row> = {
  "GET /": { ...fill("307 /transfers"), call: get(() => "/") },
  "GET /transfers": { viewer: "200", otherWorkspace: "200", ...away, owner: "200", call: get(() => "/transfers") },
  "GET /transfers/[id]": {
    viewer: "200",
    otherWorkspace: "404",
    ...away,
    owner: "200",
    call: get(({ id }) => `/transfers/${id}`),
  },
  "GET /api-docs": { viewer: "200", otherWorkspace: "200", ...away, owner: "200", call: get(() => "/api-docs") },
  "GET /settings": { viewer: "200", otherWorkspace: "200", ...away, owner: "200", call: get(() => "/settings") },
  "GET /device": { viewer: "200", otherWorkspace: "200", ...away, owner: "200", call: get(() => "/device") },
  // A program asks before it has a key, so anybody may; of a code that was guessed nobody learns anything.
  "POST /api/device/start": {
    ...fill("200"),
    call: json("/api/device/start", () => ({ program: "dormouse", scopes: ["transfers:read"] })),
  },
  "POST /api/device/poll": {
    ...fill("400 expired_token"),
    call: json("/api/device/poll", () => ({ deviceCode: "BCDFGHJK.guessed" })),
  },
  "GET /welcome": { ...fill("200"), call: get(() => "/welcome") },
  "GET /welcome/[token]": { ...fill("404"), call: get(({ token }) => `/welcome/${token}`) },
  "GET /.well-known/dormouse": { ...fill("200"), call: get(() => "/.well-known/dormouse") },
  "GET /t/[token]": { ...byLink, otherGuest: "200", call: get(({ token }) => `/t/${token}`) },
  "GET /t/[token]/files/[ordinal]": {
    ...byLink,
    viewer: "404 LinkUnknown",
    otherWorkspace: "404 LinkUnknown",
    nobody: "404 LinkUnknown",
    owner: "404 LinkUnknown",
    guest: "302 S3",
    otherGuest: "404 FileNotFound",
    call: get(({ token }) => `/t/${token}/files/0`),
  },
  "POST /t/[token]/files/[ordinal]": {
    ...behindLink,
    guest: "303 S3",
    otherGuest: "404 FileNotFound",
    call: ({ token }) => ({ path: `/t/${token}/files/0`, init: { method: "POST" } }),
  },
  "GET /t/[token]/files": {
    ...behindLink,
    guest: "200",
    otherGuest: "200",
    call: get(({ token }) => `/t/${token}/files`),
  },
  "GET /t/[token]/files/entries": {
    ...behindLink,
    guest: "200",
    otherGuest: "200",
    call: get(({ token }) => `/t/${token}/files/entries`),
  },
  "GET /transfers/[id]/files/entries": {
    ...protocol,
    viewer: "200",
    call: get(({ id }) => `/transfers/${id}/files/entries`),
  },
  "POST /transfers/[id]/files/grants": {
    ...protocol,
    viewer: "200",
    call: (stage) => json(`/transfers/${stage.id}/files/grants`, () => ({ files: [{ ordinal: 0 }] }))(stage),
  },
  "POST /t/[token]/files/grants": {
    ...behindLink,
    guest: "200",
    // Each file is answered by itself.
    otherGuest: "200",
    call: (stage) => json(`/t/${stage.token}/files/grants`, () => ({ files: [{ ordinal: 0 }] }))(stage),
  },
  "GET /t/[token]/files/[ordinal]/preview/[name]": {
    ...behindLink,
    guest: "302 S3",
    otherGuest: "404 FileNotFound",
    call: get(({ token }) => `/t/${token}/files/0/preview/thumb.webp`),
  },
  "GET /transfers/[id]/files/[ordinal]": {
    ...protocol,
    viewer: "302 S3",
    owner: "302 S3",
    call: get(({ id }) => `/transfers/${id}/files/0`),
  },
  "GET /transfers/[id]/files/[ordinal]/preview/[name]": {
    ...protocol,
    viewer: "302 S3",
    owner: "302 S3",
    call: get(({ id }) => `/transfers/${id}/files/0/preview/thumb.webp`),
  },
  "POST /t/[token]/opened": {
    viewer: "404 LinkUnknown",
    otherWorkspace: "404 LinkUnknown",
    nobody: "404 LinkUnknown",
    owner: "404 LinkUnknown",
    guest: "204",
    otherGuest: "204",
    call: ({ token }) => ({ path: `/t/${token}/opened`, init: { method: "POST" } }),
  },
  "POST /api/upload/v1/begin": {
    ...protocol,
    otherWorkspace: "200",
    call: json("/api/upload/v1/begin", () => ({
      transfer: { title: "new" },
      batch: "0123456789012345678901",
      files: [{ path: "b", size: 1, partSize: 16 * 1024 ** 2 }],
    })),
  },
  "POST /api/upload/v1/reserve": {
    ...protocol,
    call: json("/api/upload/v1/reserve", ({ id }) => reservation(id, 1, [{ path: "b", size: 1 }])),
  },
  "POST /api/upload/v1/sign": {
    ...protocol,
    prepare: async ({ owner, id }) => reserveOne(owner, id),
    call: json("/api/upload/v1/sign", ({ id }) => ({
      transferId: id,
      parts: [{ ordinal: 1, part: 1, crc64: "AAAAAAAAAAA=" }],
    })),
  },
  "POST /api/upload/v1/complete": {
    ...protocol,
    call: json("/api/upload/v1/complete", ({ id }) => ({
      transferId: id,
      files: [{ ordinal: 0, crc64: "AAAAAAAAAAA=" }],
    })),
  },
  "POST /api/upload/v1/cancel": {
    ...protocol,
    call: json("/api/upload/v1/cancel", ({ id }) => ({ transferId: id, ordinals: [0] })),
  },
  "POST /api/upload/v1/seal": { ...protocol, call: json("/api/upload/v1/seal", ({ id }) => ({ transferId: id })) },
  "GET /api/upload/v1/status": {
    ...protocol,
    call: get(({ id }) => `/api/upload/v1/status?transferId=${id}`),
  },
  "GET /api/transfers/[id]/runs": { ...protocol, viewer: "200", call: get(({ id }) => `/api/transfers/${id}/runs`) },
};

const write = {
  viewer: "NotAllowed",
  otherWorkspace: "TransferNotFound",
  otherGuest: "NotSignedIn",
  guest: "NotSignedIn",
  nobody: "NotSignedIn",
  owner: "yes",
};
const TRANSFERS = "app/(workspace)/transfers/actions.ts";
const own = ({ id }: Stage) => ({ id });
const recipient = ({ id, delivery }: Stage) => ({ transferId: id, id: delivery });
const remove = ({ owner, id }: Stage) => deleteTransfer(owner, { id });

/** What the call of a server action answers: `yes`, an error's code, or where it sends the browser. */
const ACTIONS: Record<string, Omit<Row, "call"> & { input: (stage: Stage) => unknown }> = {
  [`${TRANSFERS} editTransfer`]: { ...write, input: ({ id }) => ({ id, title: "other", message: "words" }) },
  [`${TRANSFERS} extendTransfer`]: { ...write, input: ({ id }) => ({ id, expiryDays: 9 }) },
  [`${TRANSFERS} deleteTransfer`]: { ...write, input: own },
  [`${TRANSFERS} restoreTransfer`]: { ...write, prepare: remove, input: own },
  [`${TRANSFERS} purgeTransfer`]: { ...write, prepare: remove, input: own },
  [`${TRANSFERS} removeFile`]: { ...write, input: ({ id }) => ({ id, ordinal: 0 }) },
  [`${TRANSFERS} restoreFile`]: {
    ...write,
    prepare: async ({ owner, id }) => (await import("#lib/files/remove-file.ts")).removeFile(owner, { id, ordinal: 0 }),
    input: ({ id }) => ({ id, ordinal: 0 }),
  },
  [`${TRANSFERS} addDeliveries`]: {
    ...write,
    input: ({ id }) => ({ transferId: id, recipients: [{ email: "eve@example.org" }] }),
  },
  [`${TRANSFERS} revokeDelivery`]: { ...write, input: recipient },
  [`${TRANSFERS} resendDelivery`]: { ...write, input: recipient },
  // Everyone has an address of their own, and sets no other.
  [`${TRANSFERS} setNoticeAddress`]: {
    ...write,
    viewer: "yes",
    otherWorkspace: "yes",
    input: () => ({ email: "me@example.org" }),
  },
  [`${TRANSFERS} restartRun`]: {
    ...write,
    prepare: ({ owner, id }) =>
      putRun(
        { workspaceId: owner.actor.kind === "member" ? owner.actor.workspaceId : "", transferId: id },
        { state: "failed", startedAt: new Date().toISOString(), ordinals: "", files: 0 },
      ),
    input: ({ id }) => ({ transferId: id, wave: 1 }),
  },
  [`${TRANSFERS} decideFile`]: { ...write, input: ({ id }) => ({ transferId: id, ordinal: 0, decision: "closed" }) },
  [`${TRANSFERS} renewLink`]: { ...write, input: own },
  "app/(workspace)/settings/actions.ts setLimits": { ...write, otherWorkspace: "yes", input: () => ({ file: 1e12 }) },
  "app/(workspace)/settings/actions.ts setScanPolicy": {
    ...write,
    otherWorkspace: "yes",
    input: () => ({ policy: "off" }),
  },
  "app/(workspace)/settings/actions.ts setTrashPeriod": { ...write, otherWorkspace: "yes", input: () => ({ days: 3 }) },
  "app/(workspace)/settings/actions.ts editWorkspace": {
    ...write,
    otherWorkspace: "yes",
    input: () => ({ name: "Studio", expiryDays: 3, linkPreview: "nothing" }),
  },
  // A code belongs to nobody before it is approved: whoever is signed in may, for themselves. This one was guessed.
  "app/(workspace)/device/actions.ts decideDeviceLogin": {
    ...write,
    viewer: "DeviceCodeUnknown",
    otherWorkspace: "DeviceCodeUnknown",
    owner: "DeviceCodeUnknown",
    input: () => ({ userCode: "BCDF-GHJK", decision: "approved" }),
  },
  // Everyone has a name of their own, and changes no other.
  "app/(workspace)/settings/actions.ts editProfile": {
    ...write,
    viewer: "yes",
    otherWorkspace: "yes",
    input: () => ({ name: "Ana", email: "" }),
  },
  // Everyone has keys of their own; an owner sees and revokes those of the workspace, and none of another's.
  "app/(workspace)/settings/actions.ts createApiKey": {
    ...write,
    viewer: "yes",
    otherWorkspace: "yes",
    input: () => ({ name: "nightly", scopes: ["transfers:read"] }),
  },
  "app/(workspace)/settings/actions.ts revokeApiKey": {
    ...write,
    viewer: "yes",
    otherWorkspace: "yes",
    input: () => ({ id: "revoked before" }),
  },
  "app/(workspace)/settings/actions.ts endSessions": {
    ...write,
    viewer: "yes",
    otherWorkspace: "yes",
    input: () => ({ id: "ended before" }),
  },
  "app/(workspace)/settings/actions.ts createWebhook": {
    ...write,
    otherWorkspace: "yes",
    input: () => ({ url: RECEIVER, events: ["transfer.ready"] }),
  },
  ...Object.fromEntries(
    ["deleteWebhook", "editWebhook", "listWebhookMessages", "rotateWebhookSecret", "testWebhook"].map((name) => [
      `app/(workspace)/settings/actions.ts ${name}`,
      { ...write, otherWorkspace: "WebhookNotFound", input: ({ webhook }: Stage) => ({ id: webhook }) },
    ]),
  ),
  "app/(workspace)/settings/actions.ts resendWebhookMessage": {
    ...write,
    otherWorkspace: "WebhookNotFound",
    input: ({ webhook, message }) => ({ webhookId: webhook, id: message }),
  },
  "app/(workspace)/settings/actions.ts redrive": { ...write, otherWorkspace: "yes", input: () => undefined },
  "app/welcome/actions.ts signIn": { ...fill("SignInLinkInvalid"), input: () => ({ token: "guessed" }) },
  "app/welcome/actions.ts signOut": { ...fill("to /welcome"), input: () => undefined },
};

function fill(answer: string): Record<Actor, string> {
  return Object.fromEntries(ACTORS.map((actor) => [actor, answer])) as Record<Actor, string>;
}

async function reserveOne(owner: Ctx, id: string): Promise<unknown> {
  const { reserveFiles } = await import("#lib/uploads/reserve-files.ts");
  return reserveFiles(owner, reservation(id, 1, [{ path: "b", size: 1 }]));
}

async function makeStage(url: string): Promise<Stage & { tokens: Record<Actor, string> }> {
  const [workspace, other] = [await makeWorkspace(), await makeWorkspace()];
  const owner = workspace.as("owner");
  const { id, link } = await createTransfer(owner, { title: SECRET_TITLE, recipients: [{ email: SECRET_RECIPIENT }] });
  const [{ id: delivery } = { id: "" }] = await listDeliveries(owner, { id });
  // Not sent: a run would change its row while the matrix looks whether refused calls have.
  await plantFiles(owner, id, [{ path: SECRET_FILE, bytes: Buffer.from("secret") }], "uploading");
  await makeReady(owner, id, 0, { renditions: [{ name: "thumb.webp", type: "image/webp", bytes: 1 }] });
  const { link: otherLink } = await createTransfer(owner, { title: "Another of the same workspace" });
  const { webhook } = await createWebhook(owner, { url: RECEIVER, events: ["transfer.opened"] });
  const message = await testWebhook(owner, { id: webhook.id });
  const tokenOf = (path: string) => path.slice("/t/".length);
  const [right, another] = [tokenOf(link), tokenOf(otherLink)];
  // Another letter in place of the last but one; the last carries fewer bits.
  const guessed = `${right.slice(0, -2)}${right.at(-2) === "A" ? "B" : "A"}${right.slice(-1)}`;
  const session = async ({ workspaceId, memberId }: MemberActor) =>
    insertSession({ workspaceId, memberId }, new Date());
  return {
    url,
    owner,
    id,
    link,
    delivery,
    webhook: webhook.id,
    message: message.id,
    tokens: { ...fill(guessed), guest: right, otherGuest: another },
    cookies: {
      owner: await session(owner.actor),
      viewer: await session(workspace.as("viewer").actor),
      otherWorkspace: await session(other.as("owner").actor),
      guest: right,
      otherGuest: another,
      nobody: "",
    },
  };
}

async function send(stage: Stage, actor: Actor, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (stage.cookies[actor]) headers.set("cookie", `dormouse_session=${stage.cookies[actor]}`);
  return fetch(new URL(path, stage.url), { ...init, headers, redirect: "manual" });
}

const actionHeaders = (name: string): Record<string, string> => ({
  "next-action": actionsInBuild().find((action) => action.name === name)?.id ?? "",
  "content-type": "text/plain;charset=UTF-8",
  accept: "text/x-component",
});

/** Who may see the secret transfer's title, file and link. */
const INSIDERS = new Set<Actor>(["owner", "viewer", "guest"]);

function requireNoSecret(stage: Stage, actor: Actor, body: string): void {
  for (const secret of [SECRET_TITLE, SECRET_FILE, SECRET_RECIPIENT, stage.link])
    expect(body, actor).not.toContain(secret);
}

/** Status, and with it the error's code or where a redirect leads. */
async function describeAnswer(response: Response, body: string): Promise<string> {
  const location = response.headers.get("location");
  if (location) {
    const to = new URL(location, response.url);
    return `${response.status} ${to.searchParams.has("X-Amz-Signature") ? "S3" : to.pathname}`;
  }
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const code = isJson ? (JSON.parse(body) as { error?: { code: string } }).error?.code : undefined;
  return [response.status, code].filter(Boolean).join(" ");
}

/** An action's answer is one line of the stream that Next.js sends, as JSON. */
function describeAction(response: Response, body: string): string {
  const redirect = response.headers.get("x-action-redirect");
  if (redirect) return `to ${redirect.split(";")[0]}`;
  const line = body.match(/^\w+:(\{"ok":.*\})$/m)?.[1];
  if (!line) return `${response.status} without an answer: ${body.slice(0, 300)}`;
  const answer = JSON.parse(line) as { ok: boolean; error?: { code: string } };
  return answer.ok ? "yes" : (answer.error?.code ?? "an error without a code");
}

/** All that the owner knows of the transfer, to see that a refused call changed nothing. */
async function snapshot({ owner, id }: Stage): Promise<unknown> {
  return [
    await getTransfer(owner, { id, cursor: undefined }),
    await getUploadStatus(owner, { transferId: id }),
    await listDeliveries(owner, { id }),
  ];
}

test("every page, route and server action is in the matrix, and nothing else", () => {
  expect(routesInCode()).toEqual(Object.keys(ROUTES).sort());
  expect(actionsInBuild().map(({ name }) => name)).toEqual(Object.keys(ACTIONS).sort());
});

for (const [name, row] of Object.entries(ROUTES)) {
  test(`${name} answers each actor as the matrix says, and leaks nothing`, async ({ dormouse }) => {
    const stage = await makeStage(dormouse.url);
    await row.prepare?.(stage);
    const before = await snapshot(stage);
    for (const actor of ACTORS) {
      if (actor === "owner") expect(await snapshot(stage), "what the refused calls left").toEqual(before);
      const { path, init } = row.call({ ...stage, token: stage.tokens[actor] });
      const response = await send(stage, actor, path, init);
      const body = await response.text();
      expect(await describeAnswer(response, body), actor).toBe(row[actor]);
      if (!INSIDERS.has(actor) || !row[actor].startsWith("2")) requireNoSecret(stage, actor, body);
    }
  });
}

for (const [name, row] of Object.entries(ACTIONS)) {
  test(`${name} answers each actor as the matrix says, and leaks nothing`, async ({ dormouse }) => {
    const stage = await makeStage(dormouse.url);
    await row.prepare?.(stage);
    const before = await snapshot(stage);
    for (const actor of ACTORS) {
      if (actor === "owner") expect(await snapshot(stage), "what the refused calls left").toEqual(before);
      const input = row.input(stage);
      const response = await send(stage, actor, name.includes("welcome") ? "/welcome/x" : "/transfers", {
        method: "POST",
        headers: actionHeaders(name),
        body: JSON.stringify(input === undefined ? [] : [input]),
      });
      const body = await response.text();
      expect(describeAction(response, body), actor).toBe(row[actor]);
      if (row[actor] !== "yes") requireNoSecret(stage, actor, body);
    }
  });
}

test("a server action that another site's page calls in the owner's browser does nothing", async ({ dormouse }) => {
  const stage = await makeStage(dormouse.url);
  const before = await snapshot(stage);
  for (const origin of ["https://elsewhere.example", "null", "no origin"]) {
    const headers = { ...actionHeaders(`${TRANSFERS} deleteTransfer`), origin };
    const response = await send(stage, "owner", "/transfers", {
      method: "POST",
      headers,
      body: JSON.stringify([own(stage)]),
    });
    expect(response.status, origin).toBe(403);
  }
  expect(await snapshot(stage)).toEqual(before);
});
