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

export class DownloadLimitReached extends VisibleError {
  constructor() {
    super("DownloadLimitReached", 410, "This file has been downloaded as often as its sender allows.");
  }
}

export class PreviewNotFound extends VisibleError {
  constructor() {
    super("PreviewNotFound", 404, "There is no such preview of this file.");
  }
}
