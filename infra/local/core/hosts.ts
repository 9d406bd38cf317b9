/** Requests from a page of another site whose name was pointed at this machine (DNS rebinding) must be refused. */
import type { IncomingMessage, ServerResponse } from "node:http";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Refuses a request that names a host other than this machine; true when it was refused. */
export function refuseForeignHost(request: IncomingMessage, response: ServerResponse): boolean {
  if (LOOPBACK.test(request.headers.host ?? "")) return false;
  response.writeHead(421, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  response.end("This address belongs to localhost.\n");
  return true;
}
