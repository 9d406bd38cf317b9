import { VisibleError } from "#lib/kernel/errors.ts";

export class FileBeingChecked extends VisibleError {
  constructor() {
    super("FileBeingChecked", 409, "This file is being checked. Try again in a moment.");
  }
}

export class FileBlocked extends VisibleError {
  constructor(sentence: string) {
    super("FileBlocked", 403, sentence);
  }
}

/** Depends on the visitor, so it is not 410: CloudFront always caches a 410 for ten seconds for everyone. */
export class DownloadLimitReached extends VisibleError {
  constructor() {
    super("DownloadLimitReached", 403, "This file has been downloaded as often as its sender allows.");
  }
}

/**
 * A link to a file with a download limit was followed. Programs that open links to check them would use up the limit.
 */
export class DownloadAsksFirst extends VisibleError {
  constructor(file: { name: string; size: number; limit: number }) {
    const often = file.limit === 1 ? "once" : `${file.limit.toLocaleString("en")} times`;
    super(
      "DownloadAsksFirst",
      405,
      `This file can be downloaded ${often}, so following its link does not count: a download is asked for with POST.`,
      { details: file },
    );
  }
}

export class PreviewNotFound extends VisibleError {
  constructor() {
    super("PreviewNotFound", 404, "There is no such preview of this file.");
  }
}

/** More downloads were begun within the hour than people need. `whence` continues the sentence after “begun”. */
export class TooManyDownloads extends VisibleError {
  constructor(whence: string, restMs: number) {
    const minutes = Math.max(1, Math.ceil(restMs / 60_000));
    const when = minutes === 1 ? "a minute" : `${minutes} minutes`;
    const sentence = `Very many downloads were begun ${whence} within this hour. Please try again in ${when}.`;
    super("TooManyDownloads", 429, sentence, { details: { retryAfter: Math.max(1, Math.ceil(restMs / 1000)) } });
  }
}
