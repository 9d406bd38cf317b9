import type { FileFacts } from "../files/file.schema.ts";

/** Nothing can be shown of this file, and the file is why: its message is one sentence for a person. */
export class Unpreviewable extends Error {
  override readonly name = "Unpreviewable";
  /** What is known all the same. */
  readonly facts: FileFacts;

  constructor(sentence: string, options: { facts?: FileFacts; cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.facts = options.facts ?? {};
  }
}
