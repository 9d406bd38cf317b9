import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A line between two ends: bits a second in each direction, and milliseconds from one end to the other and back. */
export type LineSpeed = { bitsPerSecond: number; roundTripMs: number };

/** What may be on its way in one direction of one connection, in bytes: more than the line holds at 1 Gbit/s and 50 ms. */
const WINDOW = 16 * 1024 ** 2;

/** One direction of the line, which all its connections share: a byte leaves when those before it have left. */
class Direction {
  readonly #bytesPerMs: number;
  readonly #delay: number;
  #freeAt = 0;

  constructor({ bitsPerSecond, roundTripMs }: LineSpeed) {
    this.#bytesPerMs = bitsPerSecond / 8000;
    this.#delay = roundTripMs / 2;
  }

  /** Milliseconds until these bytes, given now, come out at the other end. */
  put(bytes: number): number {
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.#bytesPerMs;
    return this.#freeAt - now + this.#delay;
  }
}

function carry(from: Socket, to: Socket, direction: Direction): void {
  const queue: { at: number; chunk: Buffer }[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    for (let first = queue[0]; first && first.at <= now + 0.5; first = queue[0]) {
      queue.shift();
      waiting -= first.chunk.length;
      to.write(first.chunk);
    }
    if (waiting < WINDOW && from.isPaused()) from.resume();
    const next = queue[0];
    if (next) timer = setTimeout(deliver, next.at - now);
    else if (ended) to.end();
  };
  from.on("data", (chunk: Buffer) => {
    queue.push({ at: performance.now() + direction.put(chunk.length), chunk });
    waiting += chunk.length;
    if (waiting >= WINDOW) from.pause();
    if (!timer) deliver();
  });
  from.on("end", () => {
    ended = true;
    if (queue.length === 0) to.end();
  });
  from.on("error", () => to.destroy());
  from.on("close", () => {
    if (!ended) to.destroy();
  });
}

/** A line with servers at its far end: connections to a relay's port come out at the port that it stands for. */
export class Line {
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #relays: Server[] = [];

  constructor(speed: LineSpeed) {
    this.#up = new Direction(speed);
    this.#down = new Direction(speed);
  }

  /** Opens a relay to a port of this machine; answers the relay's own. */
  async relay(port: number): Promise<number> {
    const server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host: "127.0.0.1", noDelay: true });
      carry(near, far, this.#up);
      carry(far, near, this.#down);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    this.#relays.push(server);
    return (server.address() as AddressInfo).port;
  }

  close(): void {
    for (const relay of this.#relays) relay.close();
  }
}
