/** Webhooks: who is told of events, and what was sent. */
import * as z from "zod";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { deleteWebhook } from "#lib/webhooks/delete-webhook.ts";
import { editWebhook } from "#lib/webhooks/edit-webhook.ts";
import { getWebhook } from "#lib/webhooks/get-webhook.ts";
import { listWebhookMessages } from "#lib/webhooks/list-webhook-messages.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { resendWebhookMessage } from "#lib/webhooks/resend-webhook-message.ts";
import { rotateWebhookSecret } from "#lib/webhooks/rotate-webhook-secret.ts";
import { testWebhook } from "#lib/webhooks/test-webhook.ts";
import { CreateWebhook, EditWebhook, MessageRef, WebhookRef } from "#lib/webhooks/webhook.schema.ts";
import { pageOf, WebhookAnswer, WebhookMessageAnswer } from "../answer.schema.ts";
import { Cursor, type Operation, operation } from "../operation.ts";

const WithSecret = z.strictObject({
  webhook: WebhookAnswer,
  secret: z.string().describe("Shown this once. `whsec_` and a key in base64, which signs what is sent."),
});

export const webhookOperations = {
  listWebhooks: operation({
    method: "GET",
    path: "/v1/webhooks",
    tag: "Webhooks",
    summary: "The workspace's webhooks, the oldest first",
    scope: "webhooks:write",
    input: z.object({}),
    answer: z.strictObject({ items: z.array(WebhookAnswer) }),
    run: async (ctx) => ({ items: await listWebhooks(ctx) }),
  }),

  createWebhook: operation({
    method: "POST",
    path: "/v1/webhooks",
    tag: "Webhooks",
    summary: "Have a URL told of events",
    scope: "webhooks:write",
    input: CreateWebhook,
    answer: WithSecret,
    status: 201,
    run: createWebhook,
  }),

  getWebhook: operation({
    method: "GET",
    path: "/v1/webhooks/{id}",
    tag: "Webhooks",
    summary: "A webhook",
    scope: "webhooks:write",
    input: WebhookRef,
    answer: WebhookAnswer,
    run: getWebhook,
  }),

  editWebhook: operation({
    method: "PATCH",
    path: "/v1/webhooks/{id}",
    tag: "Webhooks",
    summary: "Change a webhook, pause it (`enabled: false`) or resume it",
    scope: "webhooks:write",
    input: EditWebhook,
    answer: WebhookAnswer,
    run: editWebhook,
  }),

  deleteWebhook: operation({
    method: "DELETE",
    path: "/v1/webhooks/{id}",
    tag: "Webhooks",
    summary: "Delete a webhook: nothing more is sent to it",
    scope: "webhooks:write",
    input: WebhookRef,
    answer: z.strictObject({ deleted: z.literal(true) }),
    run: deleteWebhook,
  }),

  rotateWebhookSecret: operation({
    method: "POST",
    path: "/v1/webhooks/{id}/rotate-secret",
    tag: "Webhooks",
    summary: "Give a webhook a new secret; the one before signs as well for 24 hours",
    scope: "webhooks:write",
    input: WebhookRef,
    answer: WithSecret,
    run: rotateWebhookSecret,
  }),

  testWebhook: operation({
    method: "POST",
    path: "/v1/webhooks/{id}/test",
    tag: "Webhooks",
    summary: "Send a message of the type webhook.test",
    scope: "webhooks:write",
    input: WebhookRef,
    answer: WebhookMessageAnswer,
    status: 201,
    run: testWebhook,
  }),

  listWebhookMessages: operation({
    method: "GET",
    path: "/v1/webhooks/{id}/messages",
    tag: "Webhooks",
    summary: "What was sent in the last 30 days, with every attempt, the latest first",
    scope: "webhooks:write",
    input: WebhookRef.extend({ cursor: Cursor }),
    answer: pageOf(WebhookMessageAnswer),
    run: listWebhookMessages,
  }),

  resendWebhookMessage: operation({
    method: "POST",
    path: "/v1/webhooks/{webhookId}/messages/{id}/resend",
    tag: "Webhooks",
    summary: "Send a message once more, under the same id",
    scope: "webhooks:write",
    input: MessageRef,
    answer: WebhookMessageAnswer,
    run: resendWebhookMessage,
  }),
} satisfies Record<string, Operation>;
