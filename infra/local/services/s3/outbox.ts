/**
 * Notifications of new objects ("Event message structure" in the S3 guide). A notification is written in the
 * transaction that creates the object, and deleted when its delivery is confirmed: it may be delivered twice, and is
 * never lost.
 */
import { randomBytes } from "node:crypto";
import type { Index, Note, ObjectCreated, ObjectRow } from "./index-db.ts";

/** An event and its number in the outbox. */
export type Notification = { id: number; event: object };

export type OutboxOptions = {
  region: string;
  /** Buckets with notifications for new objects, with the id of that configuration. */
  buckets: ReadonlyMap<string, string>;
  /** Receives notifications; each must then be confirmed with `confirm`. */
  deliver: (notifications: Notification[]) => void;
};

const BATCH = 100;

export class Outbox {
  readonly #index: Index;
  readonly #options: OutboxOptions;
  /** The number of the last notification that this process has delivered. */
  #handedOver = 0;
  #scheduled = false;

  constructor(index: Index, options: OutboxOptions) {
    this.#index = index;
    this.#options = options;
  }

  /** Inside the transaction that creates the object. */
  add(name: ObjectCreated, row: ObjectRow): void {
    const configuration = this.#options.buckets.get(row.bucket);
    if (configuration === undefined) return;
    const object = { name, bucket: row.bucket, key: row.key.toString("utf8"), size: row.size, etag: row.etag };
    this.#index.addNotification({ ...object, at: row.modified, configuration });
    this.flush();
  }

  /** Delivers new notifications once the current transaction has ended. */
  flush(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#index.isOpen) return;
      const notes = this.#index.listNotifications(this.#handedOver, BATCH);
      if (notes.length === 0) return;
      this.#handedOver = notes.at(-1)?.id ?? this.#handedOver;
      this.#options.deliver(notes.map((note) => ({ id: note.id, event: toEvent(note, this.#options.region) })));
      this.flush();
    });
  }

  confirm(ids: readonly number[]): void {
    if (this.#index.isOpen) this.#index.forgetNotifications(ids);
  }
}

function toEvent(note: Note & { id: number }, awsRegion: string): object {
  return {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion,
        eventTime: new Date(note.at).toISOString(),
        eventName: note.name,
        userIdentity: { principalId: "AWS:AROALOCALLOCALLOCALL:dormouse" },
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: {
          "x-amz-request-id": randomBytes(8).toString("hex").toUpperCase(),
          "x-amz-id-2": randomBytes(48).toString("base64"),
        },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: note.configuration,
          bucket: {
            name: note.bucket,
            ownerIdentity: { principalId: "A3LOCALLOCALLO" },
            arn: `arn:aws:s3:::${note.bucket}`,
          },
          object: {
            key: encodeKey(note.key),
            size: note.size,
            eTag: note.etag.replaceAll('"', ""),
            // Of two events of a key the later has the greater text; all have the same length.
            sequencer: note.id.toString(16).toUpperCase().padStart(18, "0"),
          },
        },
      },
    ],
  };
}

/** Form encoding, except that slashes stay as they are. */
const encodeKey = (key: string): string =>
  encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replaceAll(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
