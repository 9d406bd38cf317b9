import { VisibleError } from "#lib/kernel/errors.ts";

/** There is no scanner, or it can't be started; it says nothing about any file. */
export class ScannerFailed extends VisibleError {
  constructor(sentence: string, cause?: unknown) {
    super("ScannerFailed", 500, sentence, { cause });
  }
}

/** The scanner ended or hung while it had a file; it is not known whether the file is the cause. */
export class ScannerGone extends Error {
  override readonly name = "ScannerGone";
}

/** The file's bytes could not be read to their end. */
export class SourceFailed extends Error {
  override readonly name = "SourceFailed";
}
