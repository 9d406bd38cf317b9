import { VisibleError } from "#lib/kernel/errors.ts";

/** There is no scanner, or none that runs: no word about any file. */
export class ScannerFailed extends VisibleError {
  constructor(sentence: string, cause?: unknown) {
    super("ScannerFailed", 500, sentence, { cause });
  }
}

/** The scanner went away, or stood still, while it had a file. Whose fault that was is not known yet. */
export class ScannerGone extends Error {
  override readonly name = "ScannerGone";
}

/** The file's bytes could not be read to their end. */
export class SourceFailed extends Error {
  override readonly name = "SourceFailed";
}
