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

export class FileNotFound extends VisibleError {
  constructor() {
    super("FileNotFound", 404, "There is no such file in this transfer.");
  }
}

export class FileChanged extends VisibleError {
  constructor() {
    super("FileChanged", 409, "This file has changed at the same moment. Try again.");
  }
}

export class FilePurged extends VisibleError {
  constructor() {
    super("FilePurged", 410, "The bytes of this file are gone for good.");
  }
}

export class FileNotUploadable extends VisibleError {
  constructor(ordinal: number, state: string) {
    super("FileNotUploadable", 409, `This file can't be uploaded: it is ${state}.`, { details: { ordinal, state } });
  }
}

export class FileNotReady extends VisibleError {
  constructor() {
    super("FileNotReady", 409, "This file has not arrived yet. Try again a little later.");
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

export class InfectedNotConfirmed extends VisibleError {
  constructor() {
    super("InfectedNotConfirmed", 409, "A virus was found in this file. It opens only when you confirm that.");
  }
}
