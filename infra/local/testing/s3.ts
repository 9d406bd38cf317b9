/**
 * A local S3 for one test file: a free port, a temporary folder, a clock that can be moved, and its ledger in memory.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { LedgerEntry } from "../core/ledger.ts";
import { type BucketDeclaration, type Caller, createS3 } from "../services/s3/server.ts";

export const BUCKET = "test-bucket";
export const CREDENTIALS = { accessKeyId: "ASIATESTTESTTESTTEST", secretAccessKey: "secret", sessionToken: "token/+=" };

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer; text: string };

export type RawRequest = {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: Buffer | string;
};

/** Sends one request over a new connection; only Host is added to it. */
export function send(url: string | URL, { method = "GET", headers = {}, body }: RawRequest = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url);
    // The path is sent as it is: URL would resolve "..".
    const path = String(url).slice(String(url).indexOf(pathname === "/" ? port : port) + port.length) || "/";
    const outgoing = request({ host: hostname, port, path, method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
      } catch (error) {
        return reject(error);
      }
      const whole = Buffer.concat(chunks);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** The error code in an XML answer. */
export const codeOf = ({ text }: Answer): string | undefined => /<Code>([^<]*)<\/Code>/.exec(text)?.[1];

/** Passes when the SDK got this error code and status. */
export const rejects = (promise: Promise<unknown>, name: string, status: number): Promise<void> =>
  assert.rejects(promise, (error: { name: string; $metadata: { httpStatusCode: number } }) => {
    assert.deepEqual([error.name, error.$metadata?.httpStatusCode], [name, status]);
    return true;
  });

export type TestS3 = {
  url: string;
  dataDir: string;
  client: S3Client;
  /** Everything that has been billed so far. */
  ledger: LedgerEntry[];
  /** Another client, with other settings. */
  connect(config: S3ClientConfig): S3Client;
  /** Moves the engine's clock forward. */
  advance(ms: number): void;
  now(): Date;
  activity(): { inFlight: number; lastUsedAt: number };
  /** Stops the engine and starts it anew on the same folder (and another port). */
  restart(buckets?: BucketDeclaration[]): Promise<void>;
};

/** Starts it for the tests of the calling file, and stops it after them. */
export async function startTestS3(declared: Partial<BucketDeclaration> = {}, callers: Caller[] = []): Promise<TestS3> {
  const dataDir = mkdtempSync(join(tmpdir(), "dormouse-s3-"));
  const ledger: LedgerEntry[] = [];
  const clients: S3Client[] = [];
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);
  const open = async (buckets: BucketDeclaration[]) => {
    const s3 = createS3({
      dataDir,
      region: "us-east-1",
      credentials: CREDENTIALS,
      callers,
      buckets,
      ledger: (entry) => void ledger.push(entry),
      now,
    });
    await new Promise<void>((resolve) => s3.server.listen(0, "127.0.0.1", resolve));
    return { s3, url: `http://127.0.0.1:${(s3.server.address() as AddressInfo).port}` };
  };
  const connect = (config: S3ClientConfig): S3Client => {
    const client = new S3Client({
      endpoint: running.url,
      region: "us-east-1",
      credentials: CREDENTIALS,
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
    clients.push(client);
    return client;
  };
  const declaration = { name: BUCKET, cors: [], ...declared };
  let running = await open([declaration]);
  let client = connect({});
  after(async () => {
    for (const one of clients) one.destroy();
    await running.s3.close();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    dataDir,
    ledger,
    connect,
    now,
    get url() {
      return running.url;
    },
    get client() {
      return client;
    },
    advance(ms) {
      offset += ms;
    },
    activity: () => running.s3.activity(),
    async restart(buckets = [declaration]) {
      for (const one of clients.splice(0)) one.destroy();
      await running.s3.close();
      running = await open(buckets);
      client = connect({});
    },
  };
}
