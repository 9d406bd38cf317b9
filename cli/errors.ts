import { ApiError } from "#lib/api-client/client.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { ConfigError } from "./config.ts";
import { UsageError } from "./parse.ts";
import { Unreached } from "./reach.ts";
import type { EXIT_CODES } from "./table.ts";

/** Nobody is signed in at this machine; the message says how to. */
export class SignedOut extends Error {
  override readonly name = "SignedOut";
}

/** What the signal's reason is when the user interrupts. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("Interrupted.");
  }
}

type Ending = keyof typeof EXIT_CODES;
type Told = { ending: Ending; code: string; message: string; details?: unknown };

/** How the program ends with an error, and what it says. */
export function tell(error: unknown): Told {
  const { name: code = "Unexpected", message = String(error) } = error instanceof Error ? error : {};
  if (error instanceof ApiError || error instanceof VisibleError) {
    const { status, details } = error;
    return {
      ending: endingOf(error),
      code: error.code,
      message: sentence(error),
      ...(details && status ? { details } : {}),
    };
  }
  const ending: Ending =
    error instanceof UsageError
      ? "usage"
      : error instanceof SignedOut
        ? "refused"
        : error instanceof Unreached
          ? "network"
          : error instanceof Interrupted
            ? "interrupted"
            : "failed";
  return { ending, code: error instanceof ConfigError ? "ConfigUnreadable" : code, message };
}

/** The engines name faults of the network by a code of their own. */
function endingOf({ status, code }: { status: number; code: string }): Ending {
  if (code === "NetworkLost") return "network";
  if (status === 401 || status === 403) return "refused";
  if (status === 404 || status === 410) return "missing";
  return "failed";
}

const sentence = (error: ApiError | VisibleError): string =>
  error instanceof ApiError && error.retryAfter
    ? `${error.message} Try again in ${error.retryAfter} s.`
    : error.message;
