import { VisibleError } from "#lib/kernel/errors.ts";

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

export class FileNotReady extends VisibleError {
  constructor() {
    super("FileNotReady", 409, "This file has not arrived yet. Try again a little later.");
  }
}

export class InfectedNotConfirmed extends VisibleError {
  constructor() {
    super("InfectedNotConfirmed", 409, "A virus was found in this file. It opens only when you confirm that.");
  }
}
