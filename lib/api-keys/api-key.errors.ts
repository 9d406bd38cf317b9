import { VisibleError } from "#lib/kernel/errors.ts";

/** Of any key that does not open: unknown, revoked, expired, of a member who is gone. Which it is, nobody is told. */
export class KeyInvalid extends VisibleError {
  constructor() {
    super("KeyInvalid", 401, "This key does not open anything: it may have ended or been revoked.");
  }
}

export class TooManyKeys extends VisibleError {
  constructor(limit: number) {
    super("TooManyKeys", 409, `A member has at most ${limit} keys: revoke one that is not used.`);
  }
}

export class TooManyCalls extends VisibleError {
  constructor(limit: number, retryAfter: number) {
    const sentence = `This key has made its ${limit} calls of this minute.`;
    super("TooManyCalls", 429, sentence, { details: { retryAfter } });
  }
}

export class IdempotencyKeyReused extends VisibleError {
  constructor() {
    super("IdempotencyKeyReused", 422, "This Idempotency-Key belongs to another request: use a new one for each.");
  }
}

export class CallUnderWay extends VisibleError {
  constructor() {
    super("CallUnderWay", 409, "The call with this Idempotency-Key is still being answered.", {
      details: { retryAfter: 1 },
    });
  }
}
