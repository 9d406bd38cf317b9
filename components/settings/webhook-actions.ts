import type { Page } from "#lib/files/file.schema.ts";
import type { Result } from "#lib/kernel/result.ts";
import type {
  CreateWebhook,
  EditWebhook,
  ListMessages,
  MessageRef,
  MessageView,
  WebhookRef,
  WebhookView,
} from "#lib/webhooks/webhook.schema.ts";

type WithSecret = { webhook: WebhookView; secret: string };

/** What the page of settings lets people do with webhooks. */
export type WebhookActions = {
  createWebhook: (input: CreateWebhook) => Promise<Result<WithSecret>>;
  editWebhook: (input: EditWebhook) => Promise<Result<WebhookView>>;
  deleteWebhook: (input: WebhookRef) => Promise<Result<{ deleted: true }>>;
  rotateWebhookSecret: (input: WebhookRef) => Promise<Result<WithSecret>>;
  testWebhook: (input: WebhookRef) => Promise<Result<MessageView>>;
  listWebhookMessages: (input: ListMessages) => Promise<Result<Page<MessageView>>>;
  resendWebhookMessage: (input: MessageRef) => Promise<Result<MessageView>>;
};
