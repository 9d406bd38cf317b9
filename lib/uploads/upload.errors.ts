import { VisibleError } from "#lib/kernel/errors.ts";

export class OrdinalTaken extends VisibleError {
  constructor(nextOrdinal: number) {
    super("OrdinalTaken", 409, "Another upload added files to this transfer first.", { details: { nextOrdinal } });
  }
}

export class TooManyFiles extends VisibleError {
  constructor(limit: number) {
    super("TooManyFiles", 422, `A transfer holds at most ${limit.toLocaleString("en")} files.`, { details: { limit } });
  }
}

export class FileNotUploadable extends VisibleError {
  constructor(ordinal: number, state: string) {
    super("FileNotUploadable", 409, `This file can't be uploaded: it is ${state}.`, { details: { ordinal, state } });
  }
}

export class PartOutOfRange extends VisibleError {
  constructor(ordinal: number, parts: number) {
    super("PartOutOfRange", 422, `This file has ${parts} parts.`, { details: { ordinal, parts } });
  }
}

export class PartsMissing extends VisibleError {
  constructor(parts: number[]) {
    super("PartsMissing", 409, "Some parts of this file have not arrived.", { details: { parts } });
  }
}

export class NotUploaded extends VisibleError {
  constructor() {
    super("NotUploaded", 409, "This file has not been uploaded.");
  }
}

export class ChecksumMismatch extends VisibleError {
  constructor() {
    super("ChecksumMismatch", 409, "What arrived is not what was read: the checksums differ. Send this file again.");
  }
}
