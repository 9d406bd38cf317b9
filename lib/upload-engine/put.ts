/**
 * If no byte was sent for this long, the connection is dead, even if the system has not noticed. It limits the wait for
 * S3's answer as well. On a slow line the last bytes may be in a buffer although they count as sent: `stallFactor`
 * gives another attempt more time.
 */
export const STALL_MS = 15_000;
/** With fetch the time when the last byte was sent is unknown. */
const FETCH_TIMEOUT_MS = 120_000;
/**
 * Without progress events (fetch) a part may take as long as this speed needs, in bytes per millisecond, before it
 * counts as stalled.
 */
const MIN_BYTES_PER_MS = 32;

export type PutRequest = {
  url: string;
  headers: Record<string, string>;
  body: Blob;
  /** Bytes of this part that have been sent so far; called often. */
  onProgress(sent: number): void;
  signal: AbortSignal;
  /** The factor by which the time without progress may exceed the usual. */
  stallFactor: number;
};

/**
 * The result of sending a part: `stored`; `exists` (412: the single PUT was done before); `unanswered` (or stalled);
 * `busy` (try again later); `corrupted` (other bytes arrived than were hashed); `unauthorized` (the signature is not
 * valid, or not any more); `refused` (for good); `aborted` (by the caller).
 */
export type PutOutcome = {
  kind: "stored" | "exists" | "unanswered" | "busy" | "corrupted" | "unauthorized" | "refused" | "aborted";
  /** S3's error code and sentence; empty if it gave none. */
  code: string;
  message: string;
  status: number;
};

/** Sends one part. Never rejects. */
export type PutPart = (request: PutRequest) => Promise<PutOutcome>;

const BUSY_CODES = new Set([
  "RequestTimeout",
  "IncompleteBody",
  "InternalError",
  "SlowDown",
  "ServiceUnavailable",
  "OperationAborted",
]);
const CORRUPTED_CODES = new Set(["BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"]);

/**
 * Classifies S3's answer by its status and by the `Code` in its XML; codes are from "Error responses" in S3's API
 * reference.
 */
export function classify(status: number, xml: string): PutOutcome {
  const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
  const code = field("Code");
  const kind = (): PutOutcome["kind"] => {
    if (status >= 200 && status < 300) return "stored";
    if (CORRUPTED_CODES.has(code)) return "corrupted";
    if (BUSY_CODES.has(code) || status >= 500 || status === 429 || status === 408) return "busy";
    if (status === 409 && code === "ConditionalRequestConflict") return "busy";
    if (status === 412) return "exists";
    if (status === 403 || code === "ExpiredToken") return "unauthorized";
    return "refused";
  };
  return { kind: kind(), code: code || `Http${status}`, message: field("Message"), status };
}

/** The code of `unanswered` if the connection was open but stalled. */
export const STALLED = "Stalled";

/** The outcome of an attempt to which S3 gave no answer. */
export const noAnswer = (kind: "unanswered" | "aborted", message: string): PutOutcome => ({
  kind,
  code: "",
  message,
  status: 0,
});

/** With XMLHttpRequest, the only API of browsers that reports the progress of an upload. */
export const putByXhr: PutPart = ({ url, headers, body, onProgress, signal, stallFactor }) =>
  new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (outcome: PutOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(outcome);
    };
    const abort = () => {
      finish(noAnswer("aborted", ""));
      xhr.abort();
    };
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        finish({ ...noAnswer("unanswered", "Nothing moved any more."), code: STALLED });
        xhr.abort();
      }, STALL_MS * stallFactor);
    };
    xhr.upload.onprogress = ({ loaded }) => {
      onProgress(loaded);
      watch();
    };
    xhr.upload.onload = watch;
    xhr.onload = () => finish(classify(xhr.status, xhr.status < 300 ? "" : xhr.responseText));
    xhr.onerror = () => finish(noAnswer("unanswered", "The connection failed."));
    if (signal.aborted) return resolve(noAnswer("aborted", ""));
    signal.addEventListener("abort", abort, { once: true });
    xhr.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    watch();
    xhr.send(body);
  });

/** With fetch, for Node: progress is reported by whole parts. */
export const putByFetch: PutPart = async ({ url, headers, body, onProgress, signal }) => {
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS + Math.ceil(body.size / MIN_BYTES_PER_MS));
  try {
    const response = await fetch(url, { method: "PUT", headers, body, signal: AbortSignal.any([signal, timeout]) });
    const outcome = classify(response.status, await response.text());
    if (outcome.kind === "stored") onProgress(body.size);
    return outcome;
  } catch (error) {
    if (signal.aborted) return noAnswer("aborted", "");
    const unanswered = noAnswer("unanswered", error instanceof Error ? error.message : String(error));
    return timeout.aborted ? { ...unanswered, code: STALLED } : unanswered;
  }
};

export const systemPut: PutPart = (request) =>
  typeof XMLHttpRequest === "undefined" ? putByFetch(request) : putByXhr(request);
