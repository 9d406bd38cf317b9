import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: S3Client | undefined;

/**
 * One client per process; region, credentials and endpoint come from the environment. Checksums only where they are
 * given: by default the SDK would sign a checksum of nothing into presigned URLs.
 */
export function s3(): S3Client {
  if (!client) {
    client = new S3Client({
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    meterRequests(client, "s3");
  }
  return client;
}

/** Whether S3 refused a call with one of these codes, such as `NoSuchKey`. */
export const isS3Error = (error: unknown, ...codes: string[]): boolean =>
  error instanceof S3ServiceException && codes.includes(error.name);
