import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";

/**
 * What the proxy does to an answer of S3: `cut` in the middle of the body; `stall`: half of the body and then nothing;
 * `busy`: 503 SlowDown; `expired`: 403, as for an expired URL; `corrupt`: one bit flipped; `gone`: 404.
 */
export type Trouble = "cut" | "stall" | "busy" | "expired" | "corrupt" | "gone";

/** A presigned GET that was received; `number` counts them from 1. */
export type SeenGet = { ordinal: number; range: string | undefined; number: number; trouble: Trouble | undefined };

/** An HTTP proxy between the engine and S3. It changes only presigned GETs, as `judge` says. */
export class UnreliableLine {
  judge: (get: Omit<SeenGet, "trouble">) => Trouble | undefined = () => undefined;
  gets: SeenGet[] = [];
  mostUnderWay = 0;
  #underWay = 0;
  readonly #server: Server;
  readonly #target: URL;

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, answer) => this.#serve(incoming, answer));
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
    this.gets = [];
    this.mostUnderWay = 0;
  }

  #serve(incoming: IncomingMessage, answer: ServerResponse): void {
    const url = new URL(incoming.url ?? "/", this.#target);
    if (incoming.method !== "GET" || !url.searchParams.has("X-Amz-Signature")) {
      this.#pass(incoming, answer);
      return;
    }
    const ordinal = Number(url.pathname.split("/").at(-1));
    const get = { ordinal, range: incoming.headers.range, number: this.gets.length + 1 };
    const trouble = this.judge(get);
    this.gets.push({ ...get, trouble });
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.#underWay);
    answer.on("close", () => this.#underWay--);
    if (trouble === "busy") return void answer.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    if (trouble === "expired") return void answer.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    if (trouble === "gone") return void answer.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
    this.#pass(incoming, answer, trouble);
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse, trouble?: Trouble): void {
    const { method, headers, url } = incoming;
    const { hostname, port } = this.#target;
    const onward = request({ host: hostname, port, method, path: url, headers, setHost: false });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    onward.on("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      const half = Math.floor(Number(response.headers["content-length"] ?? 0) / 2);
      if (trouble === "cut") response.pipe(until(half, () => answer.destroy())).pipe(answer);
      else if (trouble === "stall") response.pipe(until(half, () => undefined)).pipe(answer, { end: false });
      else if (trouble === "corrupt") response.pipe(flipFirstBit()).pipe(answer);
      else response.pipe(answer);
    });
    incoming.pipe(onward);
  }
}

/** Forwards `bytes` and drops the rest. */
function until(bytes: number, then: () => void): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, next) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (left === 0) setTimeout(then, 20);
      next(null, part.length > 0 ? part : undefined);
    },
    // Dropping the rest must not end the answer.
    flush: () => undefined,
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
