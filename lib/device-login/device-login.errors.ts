import { VisibleError } from "#lib/kernel/errors.ts";

/** For the person at the page: a code that was never given out, has ended, or was decided about. */
export class DeviceCodeUnknown extends VisibleError {
  constructor() {
    super("DeviceCodeUnknown", 404, "This code is not known, or its ten minutes are over. Start again in the program.");
  }
}

export class TooManyDeviceLogins extends VisibleError {
  constructor(retryAfter: number) {
    super("TooManyDeviceLogins", 429, "Too many programs have asked from your connection. Try again in ten minutes.", {
      details: { retryAfter },
    });
  }
}

/** What a program is answered while it has no key; the codes are those of RFC 8628. */
export class DeviceLoginPending extends VisibleError {
  constructor(code: "authorization_pending" | "slow_down", interval: number) {
    const sentence = code === "slow_down" ? "Ask less often." : "Nobody has approved it yet.";
    super(code, 400, sentence, { details: { interval } });
  }
}

export class DeviceLoginOver extends VisibleError {
  constructor(code: "access_denied" | "expired_token") {
    super(code, 400, code === "access_denied" ? "It was refused." : "The code is not known, or its time is over.");
  }
}
