import { VisibleError } from "#lib/kernel/errors.ts";

export class RunNotFound extends VisibleError {
  constructor() {
    super("RunNotFound", 404, "There is no such run of this transfer.");
  }
}

export class RunNotFailed extends VisibleError {
  constructor() {
    super("RunNotFailed", 409, "Only a run that has failed can be started again.");
  }
}

export class PreviewsMissing extends VisibleError {
  constructor(count: number, cause: unknown) {
    super("PreviewsMissing", 500, `${count === 1 ? "One preview" : `${count} previews`} could not be made.`, { cause });
  }
}

/** The state machine waits and retries, as for a throttled function. */
export class InspectorBusy extends VisibleError {
  constructor(cause: unknown) {
    super("InspectorBusy", 503, "What looks into files is busy; it is asked again in a while.", { cause });
  }
}

export class InspectorFailed extends VisibleError {
  constructor() {
    super("InspectorFailed", 503, "Files could not be read from storage.");
  }
}

export class TicketRefused extends VisibleError {
  constructor() {
    super("TicketRefused", 403, "This is not the ticket of that task.");
  }
}

export class RunEnded extends VisibleError {
  constructor() {
    super("RunEnded", 409, "This run has ended; nothing more is written of it.");
  }
}

export class NotYourFile extends VisibleError {
  constructor() {
    super("NotYourFile", 403, "This file, or what is asked of it, is not part of that task.");
  }
}

export class BrokerFailed extends VisibleError {
  constructor(code: string) {
    super("BrokerFailed", 500, `The work could not be written down (${code}).`);
  }
}

export class StorageRefused extends VisibleError {
  constructor(status: number | undefined) {
    super("StorageRefused", 500, `A preview could not be stored (${status ?? "no answer"}).`);
  }
}
