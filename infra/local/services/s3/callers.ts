/** Who may call, and which of the rights of a caller's role are checked here. */
import type { IncomingMessage } from "node:http";
import type { Credentials } from "../../core/sigv4.ts";

/** A caller with credentials of its own, such as a function with its role. */
export type Caller = {
  credentials: Credentials;
  /** Buckets of which its role has s3:ListBucket. Without that, a missing object is "access denied", not "not found". */
  mayList: readonly string[];
};

/**
 * The caller with the access key id that the request names; undefined for any other. The id proves nothing: the
 * signature does.
 */
export function findCaller(callers: readonly Caller[], raw: IncomingMessage): Caller | undefined {
  if (callers.length === 0) return undefined;
  const inHeader = /Credential=([^/,\s]+)\//.exec(raw.headers.authorization ?? "")?.[1];
  const inQuery = new URLSearchParams((raw.url ?? "").split("?")[1] ?? "").get("X-Amz-Credential")?.split("/")[0];
  const id = inHeader ?? inQuery;
  return callers.find(({ credentials }) => credentials.accessKeyId === id);
}
