import { VisibleError } from "#lib/kernel/errors.ts";

export class LinkUnknown extends VisibleError {
  constructor() {
    super("LinkUnknown", 404, "This link leads nowhere. Check that you have copied all of it.");
  }
}

export class LinkRevoked extends VisibleError {
  constructor() {
    super("LinkRevoked", 410, "This link has been replaced by its sender. Ask for the new one.");
  }
}
