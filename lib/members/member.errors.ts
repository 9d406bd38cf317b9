import { VisibleError } from "#lib/kernel/errors.ts";

export class SignInLinkInvalid extends VisibleError {
  constructor() {
    super(
      "SignInLinkInvalid",
      404,
      "This is not a sign-in link of this Dormouse. Check that you have copied all of it.",
    );
  }
}

export class SignInLinkExpired extends VisibleError {
  constructor() {
    super("SignInLinkExpired", 410, "This sign-in link has expired.");
  }
}

export class SignInLinkUsed extends VisibleError {
  constructor() {
    super("SignInLinkUsed", 410, "This sign-in link has been used before: it works once.");
  }
}

export class CookiesBlocked extends VisibleError {
  constructor() {
    super(
      "CookiesBlocked",
      400,
      "Your browser blocks cookies here, so it can't stay signed in. Allow cookies for this page, then press “Sign in” again: the link has not been used.",
    );
  }
}
