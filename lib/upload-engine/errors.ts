import { VisibleError } from "../kernel/errors.ts";

/** The file's bytes have changed since it was picked, or can't be read any more. */
export class FileChanged extends VisibleError {
  constructor(path: string, cause?: unknown) {
    super(
      "FileChanged",
      409,
      `“${path}” was changed, moved or removed after it was picked. Pick it again to send it.`,
      {
        cause,
      },
    );
  }
}

/** S3 has parts of another file than the one that was picked to continue. */
export class OtherFile extends VisibleError {
  constructor(path: string) {
    super(
      "OtherFile",
      409,
      `“${path}” is not the file whose sending was begun: its bytes differ. Try again to send this one from its start.`,
    );
  }
}

/** Another tab of this browser sends the transfer. */
export class SentElsewhere extends VisibleError {
  constructor() {
    super("SentElsewhere", 409, "Another tab of this browser is sending this transfer. Go on there.");
  }
}

/** All attempts of a call got no answer. */
export class NetworkLost extends VisibleError {
  constructor(cause?: unknown) {
    super("NetworkLost", 503, "The connection was lost and did not come back in time. Try again.", { cause });
  }
}

/** S3 refused a part for good. `code` is S3's own. */
export class StorageRefused extends VisibleError {
  constructor(code: string, status: number, message: string) {
    super(code, status, message || `The storage refused the file (${code}).`);
  }
}

/** The app's error answer to a call of the protocol: its code, sentence and details. */
export class ProtocolError extends VisibleError {}

/** Nothing is in progress any more, and some files were not stored. */
export class FilesFailed extends VisibleError {
  constructor(count: number) {
    super("FilesFailed", 409, count === 1 ? "One file could not be sent." : `${count} files could not be sent.`, {
      details: { count },
    });
  }
}

/** Wraps an unexpected error, so that a person still reads a sentence. */
export const asVisible = (error: unknown): VisibleError =>
  error instanceof VisibleError
    ? error
    : new VisibleError("Unexpected", 500, "Something went wrong in the upload. Try again.", { cause: error });
