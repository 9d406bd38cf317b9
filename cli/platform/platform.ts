import { join } from "node:path";
import type { FileOrigin } from "#lib/upload-engine/journal.ts";
import { systemConnectivity } from "#lib/upload-engine/network.ts";
import type { FileOrigins, Platform } from "#lib/upload-engine/platform.ts";
import { systemRuntime } from "#lib/upload-engine/runtime.ts";
import { DiskBlob } from "./disk-blob.ts";
import { createDiskHasher } from "./hasher.ts";
import { fileJournal } from "./journal.ts";
import { fileLocks } from "./locks.ts";
import { putFromDisk } from "./put.ts";

/** More only help where each connection is slow by itself; the engine tries whether they do. */
const MAX_CONNECTIONS = 32;

/** Where a file is: its absolute path. */
export type DiskOrigin = { disk: string };

const isDiskOrigin = (origin: FileOrigin): origin is DiskOrigin =>
  typeof origin === "object" && origin !== null && "disk" in origin && typeof origin.disk === "string";

const diskOrigins: FileOrigins = {
  permit: async (origins) => new Set(origins.filter(isDiskOrigin)),
  open: async (origin) => (isDiskOrigin(origin) ? await DiskBlob.find(origin.disk).catch(() => undefined) : undefined),
};

/** What the upload engine needs, on Node. `folder` keeps what a later run needs. */
export const nodePlatform = (folder: string): Platform & { journal: ReturnType<typeof fileJournal> } => ({
  runtime: systemRuntime,
  connectivity: systemConnectivity,
  hasher: createDiskHasher(),
  put: putFromDisk,
  journal: fileJournal(join(folder, "uploads")),
  locks: fileLocks(join(folder, "locks")),
  origins: diskOrigins,
  maxConnections: MAX_CONNECTIONS,
  changesAreSilent: false,
});
