import type { TestContext } from "node:test";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { allFileRows, type FileRow } from "#lib/files/file.store.ts";
import { keyOf, prefixOf } from "#lib/files/object.store.ts";
import { removeFile } from "#lib/files/remove-file.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { setLimits } from "#lib/workspaces/set-limits.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import { createUploadEngine, type UploadEngine, type UploadEngineOptions } from "../engine.ts";
import type { Runtime } from "../runtime.ts";
import { App } from "./app.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { seeded } from "./seeded.ts";

/** Waits are fifty times shorter than in production. */
export const fastRuntime: Runtime = {
  now: () => Date.now(),
  random: seeded(1),
  after(ms, run) {
    const timer = setTimeout(run, ms / 50);
    return () => clearTimeout(timer);
  },
};

export type Rig = {
  app: App;
  /** The address of the app's routes. */
  baseUrl: string;
  /** The proxy in front of S3, which a test may give faults. */
  way: FaultProxy;
  /** A new transfer in a new workspace, with reset proxy and app. */
  newTransfer(): Promise<string>;
  /** Sets the quota of the newest transfer's workspace. */
  limit(limits: Limits): Promise<void>;
  /** Removes a file that has arrived from its transfer, as its sender may. */
  remove(id: string, ordinal: number): Promise<void>;
  /** An engine that is closed with the test. */
  newEngine(t: TestContext, options?: UploadEngineOptions): UploadEngine;
  transfer(id: string): Promise<TransferRow>;
  /** All transfers of the newest one's workspace. */
  transfers(): Promise<{ id: string }[]>;
  /** Rows of the transfer's files, in order. */
  rows(id: string): Promise<FileRow[]>;
  read(row: FileRow): Promise<Uint8Array>;
  /** The MD5 that S3 has of each object that was sent in one piece, in hexadecimal, by key. */
  md5s(id: string): Promise<Map<string, string>>;
  /** Keys of all objects of the transfer. */
  keys(id: string): Promise<string[]>;
  stop(): void;
};

/** The real verbs with the engines that `requireEngines` started, and a proxy in front of S3. Once per process. */
export async function startRig(): Promise<Rig> {
  const way = new FaultProxy(process.env.AWS_ENDPOINT_URL_S3 ?? "");
  process.env.AWS_ENDPOINT_URL_S3 = await way.listen();
  const app = new App();
  const baseUrl = await app.listen();
  let workspaceId = "";
  let owner: Parameters<typeof setLimits>[0] | undefined;

  async function transfer(id: string): Promise<TransferRow> {
    const row = await findTransferRow(workspaceId, id);
    if (!row) throw new Error(`The transfer ${id} is gone.`);
    return row;
  }

  async function objects(id: string) {
    const Prefix = prefixOf({ workspaceId, id });
    const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket: resources.uploads, Prefix }));
    return Contents ?? [];
  }

  return {
    app,
    baseUrl,
    way,
    transfer,
    async newTransfer() {
      const workspace = await makeWorkspace();
      workspaceId = workspace.id;
      owner = workspace.as("owner");
      way.reset();
      app.reset(workspace.as("owner"));
      return (await createTransfer(workspace.as("owner"), {})).id;
    },
    async limit(limits) {
      if (owner) await setLimits(owner, limits);
    },
    async remove(id, ordinal) {
      if (owner) await removeFile(owner, { id, ordinal });
    },
    newEngine(t, options = {}) {
      const engine = createUploadEngine({ baseUrl, runtime: fastRuntime, ...options });
      t.after(() => engine.close());
      return engine;
    },
    transfers: async () => (owner ? (await listTransfers(owner, {})).items : []),
    rows: async (id) => await Array.fromAsync(allFileRows(await transfer(id))),
    async read(row) {
      const { Body } = await s3().send(new GetObjectCommand({ Bucket: resources.uploads, Key: keyOf(row) }));
      if (!Body) throw new Error("The object has no body.");
      return await Body.transformToByteArray();
    },
    md5s: async (id) =>
      new Map(
        (await objects(id)).flatMap(({ Key = "", ETag = "" }) => {
          const md5 = /^"([0-9a-f]{32})"$/.exec(ETag)?.[1];
          return md5 ? [[Key, md5] as const] : [];
        }),
      ),
    keys: async (id) => (await objects(id)).flatMap(({ Key }) => Key ?? []),
    stop() {
      app.close();
      way.close();
    },
  };
}
