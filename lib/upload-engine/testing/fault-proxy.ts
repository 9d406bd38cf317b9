import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What the proxy does to a request: `cut` in the middle of the body; `busy`: 503 SlowDown; `late`: delayed a moment;
 * `slow`: 16 MiB per second; `corrupt`: one bit flipped; `expired`: as if signed two hours ago; `swallow`: executed,
 * but the answer is lost.
 */
export type Fault = "cut" | "busy" | "late" | "slow" | "corrupt" | "expired" | "swallow";

/** A presigned PUT that was received. `number` counts them from 1; `status` is S3's answer. */
export type SeenPut = { url: URL; number: number; fault: Fault | undefined; status?: number };

/** An HTTP proxy between the engine and S3. It changes only presigned PUTs, as `judge` says. */
export class FaultProxy {
  judge: (put: { url: URL; number: number }) => Fault | undefined = () => undefined;
  /** An origin that S3's CORS rules allow. */
  allowOrigin: string | undefined;
  puts: SeenPut[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #server: Server;
  readonly #target: URL;

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, answer) => void this.#serve(incoming, answer));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Resets everything for a new test: no faults, no recorded requests. */
  reset(): void {
    this.judge = () => undefined;
    this.puts = [];
    this.mostUnderWay = 0;
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", this.#target);
    if (this.allowOrigin) answer.setHeader("access-control-allow-origin", this.allowOrigin);
    if (incoming.method === "OPTIONS") return preflight(incoming, answer);
    if (incoming.method !== "PUT" || !url.searchParams.has("X-Amz-Signature")) return this.#pass(incoming, answer, url);
    const number = this.puts.length + 1;
    const judged = this.judge({ url, number });
    // An empty body can't be corrupted.
    const fault = judged === "corrupt" && incoming.headers["content-length"] === "0" ? undefined : judged;
    const put: SeenPut = { url, number, fault };
    this.puts.push(put);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    answer.on("close", () => this.underWay--);
    if (fault === "late") await delay(number % 7 === 0 ? 60 : 15);
    if (fault === "busy") return slowDown(incoming, answer);
    if (fault === "cut")
      return void incoming.once("data", () => incoming.socket.destroy()).once("end", () => incoming.socket.destroy());
    if (fault === "expired") url.searchParams.set("X-Amz-Date", before(url.searchParams.get("X-Amz-Date") ?? "", 2));
    this.#pass(incoming, answer, url, put);
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse, url: URL, put?: SeenPut): void {
    const fault = put?.fault;
    const { method, headers } = incoming;
    const path = fault === "expired" ? url.pathname + url.search : incoming.url;
    const onward = request({
      host: this.#target.hostname,
      port: this.#target.port,
      method,
      path,
      headers,
      setHost: false,
    });
    onward.on("error", () => answer.destroy());
    incoming.on("close", () => incoming.complete || onward.destroy());
    onward.on("response", (response) => {
      if (put && response.statusCode !== undefined) put.status = response.statusCode;
      if (fault === "swallow") return void response.resume().on("end", () => incoming.socket.destroy());
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    if (fault === "slow") incoming.pipe(slowly()).pipe(onward);
    else if (fault === "corrupt") incoming.pipe(flipFirstBit()).pipe(onward);
    else incoming.pipe(onward);
  }
}

function preflight(incoming: IncomingMessage, answer: ServerResponse): void {
  answer.setHeader("access-control-allow-methods", "PUT");
  answer.setHeader("access-control-allow-headers", incoming.headers["access-control-request-headers"] ?? "");
  answer.writeHead(200).end();
}

function slowDown(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume().on("end", () => {
    answer.writeHead(503, { "content-type": "application/xml" });
    answer.end("<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
  });
}

function flipFirstBit(): Transform {
  let done = false;
  return new Transform({
    transform(chunk: Buffer, _, next) {
      const bytes = Buffer.from(chunk);
      if (!done && bytes[0] !== undefined) bytes[0] ^= 1;
      done = true;
      next(null, bytes);
    },
  });
}

const slowly = (): Transform =>
  new Transform({
    transform(chunk: Buffer, _, next) {
      setTimeout(next, chunk.length / ((16 * 1024 ** 2) / 1000), null, chunk);
    },
  });

/** `hours` before a time as Signature Version 4 writes it. */
/** So many hours earlier, but on the same day: for another day S3 would report a wrong scope. */
function before(date: string, hours: number): string {
  const hour = Math.max(0, Number(date.slice(9, 11)) - hours);
  const rest = Number(date.slice(9, 11)) < hours ? "0000" : date.slice(11, 15);
  return `${date.slice(0, 9)}${String(hour).padStart(2, "0")}${rest}Z`;
}
