import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "./file.store.ts";
import { keyOf } from "./object.store.ts";

/** Seconds: longer than any inspection of a file takes. */
const EXPIRES_IN = 900;

/** A URL with which a program without rights can read this one file. */
export const presignSource = (file: FileRow): Promise<string> =>
  getSignedUrl(s3(), new GetObjectCommand({ Bucket: resources.uploads, Key: keyOf(file) }), { expiresIn: EXPIRES_IN });
