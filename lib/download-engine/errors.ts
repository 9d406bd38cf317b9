import { VisibleError } from "../kernel/errors.ts";

/** Nothing came for a long time, however often it was asked for. */
export class DownloadLost extends VisibleError {
  constructor(cause?: unknown) {
    super("DownloadLost", 503, "The connection was lost and did not come back in time. Try again.", { cause });
  }
}

/** What S3 has is not, or no longer, what was announced. */
export class FileBroken extends VisibleError {
  constructor(sentence: string, cause?: unknown) {
    super("FileBroken", 409, sentence, { cause });
  }
}

/** The app's or S3's refusal, in the app's own words where it has some. */
export class DownloadRefused extends VisibleError {}

/** Wraps what nobody foresaw, so that a person still reads a sentence. */
export const asVisible = (error: unknown): VisibleError =>
  error instanceof VisibleError
    ? error
    : new VisibleError("Unexpected", 500, "Something went wrong in the download. Try again.", { cause: error });
