import { VisibleError } from "../kernel/errors.ts";

/** No byte arrived for a long time, in any attempt. */
export class DownloadLost extends VisibleError {
  constructor(cause?: unknown) {
    super("DownloadLost", 503, "The connection was lost and did not come back in time. Try again.", { cause });
  }
}

/** The bytes in S3 are not the announced ones, or not any more. */
export class FileBroken extends VisibleError {
  constructor(sentence: string, cause?: unknown) {
    super("FileBroken", 409, sentence, { cause });
  }
}

/** A refusal of the app or S3, with the app's sentence if it has one. */
export class DownloadRefused extends VisibleError {}

/** Wraps an unexpected error, so that a person still reads a sentence. */
export const asVisible = (error: unknown): VisibleError =>
  error instanceof VisibleError
    ? error
    : new VisibleError("Unexpected", 500, "Something went wrong in the download. Try again.", { cause: error });
