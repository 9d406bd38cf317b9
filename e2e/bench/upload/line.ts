import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A line between two ends: bits a second in each direction, and milliseconds from one end to the other and back. */
export type LineSpeed = { bitsPerSecond: number; roundTripMs: number };

/** What may be on its way in one direction of one connection, in bytes: more than the line holds. */
const windowOf = ({ bitsPerSecond, roundTripMs }: LineSpeed): number =>
  Math.max(64 * 1024, 2.7 * (bitsPerSecond / 8000) * roundTripMs);

/** One direction of the line, which all its connections share: a byte leaves when those before it have left. */
class Direction {
  readonly #bytesPerMs: number;
  readonly #delay: number;
  /** In bytes, of each connection. */
  readonly window: number;
  /** Bytes that were put on it so far. */
  carried = 0;
  #freeAt = 0;

  constructor(speed: LineSpeed) {
    const { bitsPerSecond, roundTripMs } = speed;
    this.window = windowOf(speed);
    this.#bytesPerMs = bitsPerSecond / 8000;
    this.#delay = roundTripMs / 2;
  }

  /** Milliseconds until these bytes, given now, come out at the other end. */
  put(bytes: number): number {
    const now = performance.now();
    this.carried += bytes;
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
    if (waiting < direction.window && from.isPaused()) from.resume();
    const next = queue[0];
    if (next) timer = setTimeout(deliver, next.at - now);
    else if (ended) to.end();
  };
  from.on("data", (chunk: Buffer) => {
    queue.push({ at: performance.now() + direction.put(chunk.length), chunk });
    waiting += chunk.length;
    if (waiting >= direction.window) from.pause();
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
  readonly #connections = new Set<Socket>();

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
      this.#connections.add(near);
      near.on("close", () => this.#connections.delete(near));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    this.#relays.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Bytes that went from the near end to the far one. */
  get carriedUp(): number {
    return this.#up.carried;
  }

  /** Breaks all connections at once. */
  drop(): void {
    for (const connection of this.#connections) connection.resetAndDestroy();
  }

  close(): void {
    for (const relay of this.#relays) relay.close();
  }
}
