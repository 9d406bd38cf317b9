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
