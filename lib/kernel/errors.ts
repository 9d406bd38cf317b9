/** A fault that may be shown to a person: a stable code, one sentence, and the HTTP status of the edge. */
export class VisibleError extends Error {
  /** Its code: what logs and the state machine call it. */
  override readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: string,
    status: number,
    sentence: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.status = status;
    this.details = options.details;
  }
}

/** What travels to the browser, as JSON, of any error. */
export type ErrorBody = { code: string; message: string; details?: Record<string, unknown> };

export class InvalidInput extends VisibleError {
  constructor(sentence: string, details?: Record<string, unknown>) {
    super("InvalidInput", 422, sentence, details ? { details } : {});
  }
}

/** A change was to be made only if something is still as it was read. */
export class PreconditionFailed extends VisibleError {
  constructor() {
    super("PreconditionFailed", 412, "This has changed since it was read: read it again.");
  }
}

export class NotSignedIn extends VisibleError {
  constructor() {
    super("NotSignedIn", 401, "You are not signed in.");
  }
}

export class ScopeMissing extends VisibleError {
  constructor(scope: string | undefined) {
    const sentence = scope ? `This key has not the scope ${scope}.` : "No key may do this: sign in with a browser.";
    super("ScopeMissing", 403, sentence, scope ? { details: { scope } } : {});
  }
}

export class NotAllowed extends VisibleError {
  constructor(sentence = "Your role does not allow this.") {
    super("NotAllowed", 403, sentence);
  }
}
