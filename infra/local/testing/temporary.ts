import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A directory that is removed when the test ends. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/**
 * Below the ports that the system gives to outgoing connections (from 32,768 on), which could take one between two
 * starts.
 */
const PORTS = { from: 10_000, to: 32_000 };

/** Where this process looks next: each begins elsewhere, so that parallel tests don't race for the same ports. */
let next = PORTS.from + ((process.pid * 37) % (PORTS.to - PORTS.from));

/**
 * The first of `count` consecutive free ports on loopback: the app, S3, DynamoDB, the other services, the inbox and the
 * HTTP API are six.
 */
export async function freePorts(count = 6): Promise<number> {
  for (;;) {
    const first = next;
    next = first + count > PORTS.to ? PORTS.from : first + count;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
