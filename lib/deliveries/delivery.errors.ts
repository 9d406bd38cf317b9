import { VisibleError } from "#lib/kernel/errors.ts";

export class DeliveryNotFound extends VisibleError {
  constructor() {
    super("DeliveryNotFound", 404, "This transfer has no such recipient.");
  }
}

export class TooManyRecipients extends VisibleError {
  constructor(most: number, has: number) {
    super("TooManyRecipients", 422, `A transfer has at most ${most} recipients, and this one has ${has} already.`, {
      details: { path: "recipients" },
    });
  }
}

export class RecipientsKnown extends VisibleError {
  constructor(emails: string[]) {
    const [only = ""] = emails;
    super(
      "RecipientsKnown",
      409,
      emails.length === 1 ? `${only} is a recipient already.` : "All of them are recipients already.",
      { details: { path: "recipients" } },
    );
  }
}

export class DeliveryChanged extends VisibleError {
  constructor() {
    super("DeliveryChanged", 409, "Someone changed the recipients at the same moment. Try again.");
  }
}

export class ResentTooSoon extends VisibleError {
  constructor() {
    super("ResentTooSoon", 429, "This recipient was mailed a moment ago. Wait a minute before mailing again.");
  }
}

export class ResentTooOften extends VisibleError {
  constructor(most: number) {
    super("ResentTooOften", 429, `A recipient is mailed at most ${most} times. Copy the personal link instead.`);
  }
}
