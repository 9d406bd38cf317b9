import type { StoredObject } from "#lib/files/object.store.ts";
import type { ByteSource } from "#lib/inspection/source.ts";

/** A file at S3 as what inspects bytes wants it. */
export const sourceOf = (object: StoredObject): ByteSource => ({
  size: object.size,
  read: object.read,
  stream: (start = 0, end = object.size) => (start >= end ? nothing() : object.stream(undefined, { start, end })),
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
