import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { listSignatures } from "./signatures.ts";

/** Seconds. */
const EXPIRES_IN = 900;

/** Signed URLs of everything in the bucket of signatures, for a scanner that may not read the bucket. */
export const presignSignatures = async (): Promise<{ name: string; modifiedAt: string; url: string }[]> =>
  Promise.all(
    (await listSignatures()).map(async ({ name, modifiedAt }) => ({
      ...{ name, modifiedAt: modifiedAt.toISOString() },
      url: await getSignedUrl(s3(), new GetObjectCommand({ Bucket: resources.signatures, Key: name }), {
        expiresIn: EXPIRES_IN,
      }),
    })),
  );
