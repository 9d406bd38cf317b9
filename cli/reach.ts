/** The server was not reached, or the connection broke; the message is for a person. */
export class Unreached extends Error {
  override readonly name = "Unreached";
}

/** `fetch`, whose failures say what was not reached and why. Rejects with Unreached, and with the signal's reason. */
export async function reach(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    const { host } = new URL(url instanceof Request ? url.url : url);
    throw new Unreached(`${host} was not reached: ${reasonOf(cause)}`, { cause });
  }
}

const REASONS: Record<string, string> = {
  ENOTFOUND: "there is no such host.",
  EAI_AGAIN: "its name can't be looked up now.",
  ECONNREFUSED: "nothing answers there.",
  ECONNRESET: "the connection broke.",
  ETIMEDOUT: "it does not answer.",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer.",
};

/** Node says why in the cause of what fetch throws. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { code = "", message = "" } = cause as { code?: string; message?: string };
  return REASONS[code] ?? (message || "for no reason that is known.");
}
