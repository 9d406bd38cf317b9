import { VisibleError } from "#lib/kernel/errors.ts";

export class WebhookNotFound extends VisibleError {
  constructor() {
    super("WebhookNotFound", 404, "There is no such webhook.");
  }
}

export class MessageNotFound extends VisibleError {
  constructor() {
    super("MessageNotFound", 404, "There is no such message: they are kept for 30 days.");
  }
}

export class TooManyWebhooks extends VisibleError {
  constructor(limit: number) {
    super("TooManyWebhooks", 409, `A workspace has at most ${limit} webhooks: delete one that is not used.`);
  }
}

/** Of a URL to which no webhook is sent, whoever asks. */
export class AddressNotPublic extends VisibleError {
  constructor(options: { cause?: unknown } = {}) {
    super("AddressNotPublic", 422, "Webhooks are sent to public addresses only.", {
      details: { path: "url" },
      ...options,
    });
  }
}

export class WebhookOff extends VisibleError {
  constructor() {
    super("WebhookOff", 409, "This webhook is paused: resume it first.");
  }
}
