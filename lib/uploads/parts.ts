import { MAX_PARTS } from "./upload-protocol.schema.ts";

/** A file that fits into one part, also an empty one, is a single PUT; anything larger is a multipart upload. */
export const isMultipart = (file: { size: number; partSize: number }): boolean => file.size > file.partSize;

/** Number of parts of a file, at least one. */
export const partCount = (file: { size: number; partSize: number }): number =>
  Math.max(1, Math.ceil(file.size / file.partSize));

/** Length in bytes of a part, counted from 1. */
export const partLength = (file: { size: number; partSize: number }, part: number): number =>
  Math.min(file.partSize, file.size - (part - 1) * file.partSize);

export const withinPartLimit = (file: { size: number; partSize: number }): boolean => partCount(file) <= MAX_PARTS;
