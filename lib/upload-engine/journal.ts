import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** Where a file can be found again without picking it. Only its creator and `FileOrigins` know its structure. */
export type FileOrigin = unknown;

/** A file in the journal. What S3 and the app know themselves is not stored. Sizes in bytes. */
export type KeptFile = {
  path: string;
  size: number;
  type: string;
  /** Milliseconds since 1970. */
  lastModified?: number;
  partSize: number;
  ordinal?: number;
  /** CRC64NVME of samples (`fingerprint.ts`), as hexadecimal digits. */
  fingerprint?: string;
  origin?: FileOrigin;
  cancelled?: boolean;
};

/** A transfer that is being sent. `about` is the caller's own data, for showing it. */
export type KeptTransfer = {
  id: string;
  about: unknown;
  sealWhenDone: boolean;
  files: number;
  bytes: number;
  /** Milliseconds since 1970. */
  beganAt: number;
};

/** A part that S3 has stored: CRC64NVME in hexadecimal digits. */
export type KeptPart = { transferId: string; file: number; part: number; crc: string };

/** Files are stored in chunks, so that ten thousand of them are twenty records. */
export const FILES_PER_CHUNK = 500;
export type KeptChunk = { transferId: string; chunk: number; files: KeptFile[] };

/** The changes of one write, which is atomic. Deletions come first. */
export type JournalChanges = {
  forget: string[];
  transfers: KeptTransfer[];
  chunks: KeptChunk[];
  parts: KeptPart[];
};

/**
 * Storage that outlives the tab. Every method rejects if the browser can't store anything (a full disk, a private
 * window).
 */
export type Journal = {
  write(changes: JournalChanges): Promise<void>;
  /** Transfers in the journal, oldest first. */
  list(): Promise<KeptTransfer[]>;
  /** The files of a transfer in the order of adding, and their parts. */
  read(transferId: string): Promise<{ transfer?: KeptTransfer; files: KeptFile[]; parts: KeptPart[] }>;
  clear(): Promise<void>;
};

interface Schema extends DBSchema {
  transfers: { key: string; value: KeptTransfer };
  chunks: { key: [string, number]; value: KeptChunk };
  parts: { key: [string, number, number]; value: KeptPart };
}

const STORES = ["transfers", "chunks", "parts"] as const;

/**
 * Every record of a transfer in a store whose keys begin with its id: in IndexedDB's order arrays follow all numbers.
 */
const ofTransfer = (id: string) => IDBKeyRange.bound([id], [id, []]);

/** The journal of this browser, in IndexedDB; undefined where there is no IndexedDB (Node). */
export function browserJournal(): Journal | undefined {
  if (typeof indexedDB === "undefined") return undefined;
  let opening: Promise<IDBPDatabase<Schema>> | undefined;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    opening ??= openDB<Schema>("dormouse-uploads", 1, {
      upgrade(db) {
        db.createObjectStore("transfers", { keyPath: "id" });
        db.createObjectStore("chunks", { keyPath: ["transferId", "chunk"] });
        db.createObjectStore("parts", { keyPath: ["transferId", "file", "part"] });
      },
      // The browser may close the database (memory, cleared data): the next call opens it again.
      terminated: () => {
        opening = undefined;
      },
    });
    return opening;
  };
  return {
    async write({ forget, transfers, chunks, parts }) {
      const writing = (await database()).transaction(STORES, "readwrite", { durability: "relaxed" });
      const stores = {
        transfers: writing.objectStore("transfers"),
        chunks: writing.objectStore("chunks"),
        parts: writing.objectStore("parts"),
      };
      await Promise.all([
        ...forget.flatMap((id) => [
          stores.transfers.delete(id),
          stores.chunks.delete(ofTransfer(id)),
          stores.parts.delete(ofTransfer(id)),
        ]),
        ...transfers.map((transfer) => stores.transfers.put(transfer)),
        ...chunks.map((chunk) => stores.chunks.put(chunk)),
        ...parts.map((part) => stores.parts.put(part)),
        writing.done,
      ]);
    },
    async list() {
      return (await (await database()).getAll("transfers")).sort((a, b) => a.beganAt - b.beganAt);
    },
    async read(transferId) {
      const reading = (await database()).transaction(STORES);
      const [transfer, chunks, parts] = await Promise.all([
        reading.objectStore("transfers").get(transferId),
        reading.objectStore("chunks").getAll(ofTransfer(transferId)),
        reading.objectStore("parts").getAll(ofTransfer(transferId)),
      ]);
      return { ...(transfer ? { transfer } : {}), files: chunks.flatMap(({ files }) => files), parts };
    },
    async clear() {
      const clearing = (await database()).transaction(STORES, "readwrite");
      await Promise.all([...STORES.map((store) => clearing.objectStore(store).clear()), clearing.done]);
    },
  };
}
