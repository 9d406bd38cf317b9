/** A server that webhooks call. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export type Receiver = {
  url: string;
  received: { headers: IncomingHttpHeaders; body: string }[];
  /** How many calls it refuses before it takes them. */
  failFirst: number;
};

/** Runs a receiver while `use` does. */
export async function withReceiver(use: (receiver: Receiver) => Promise<void>): Promise<void> {
  const receiver: Receiver = { url: "", received: [], failFirst: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    receiver.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const fails = receiver.received.length <= receiver.failFirst;
    response.writeHead(fails ? 503 : 204).end(fails ? "not yet" : undefined);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  receiver.url = `http://localhost:${(server.address() as AddressInfo).port}/hook`;
  await use(receiver);
  server.close();
  server.closeAllConnections();
}
