import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export type Received = { headers: IncomingHttpHeaders; body: string; path: string };

/**
 * A receiver of webhooks on this machine. `answer` says what comes back for the request of that number, from 1: a status,
 * or whatever it does with the response itself.
 */
export async function startReceiver(
  t: Pick<TestContext, "after">,
  answer: (count: number, response: ServerResponse) => number | undefined = () => 204,
): Promise<{ url: string; port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers, body, path: request.url ?? "" });
    const status = answer(received.length, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, port, received };
}

/** Lets webhooks reach this machine while a test runs, as the local cloud does. */
export function allowPrivate(t: Pick<TestContext, "after">): void {
  process.env["DORMOUSE_PRIVATE_WEBHOOKS"] = "allow";
  t.after(() => delete process.env["DORMOUSE_PRIVATE_WEBHOOKS"]);
}
