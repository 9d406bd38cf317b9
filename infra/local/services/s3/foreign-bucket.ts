/** A bucket at an endpoint that the user chose: checks what the app needs there, and creates it if possible. */
import { CommandError } from "../../core/command-error.ts";
import { isAws, namingEndpoint, notDeployed, settings } from "../../core/foreign.ts";
import type { Environment } from "../../environment.ts";
import type { BucketDeclaration } from "./buckets.ts";

/** Creates the bucket if it is missing, and sets its CORS rules and lifecycle. Throws CommandError if the endpoint can't be used. */
export async function prepareForeignBucket(environment: Environment, bucket: BucketDeclaration): Promise<void> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({ ...settings(environment, environment.s3), forcePathStyle: !isAws(environment.s3) });
  await namingEndpoint("S3", environment.s3, async () => {
    const exists = await client.send(new sdk.HeadBucketCommand({ Bucket: bucket.name })).then(
      () => true,
      (error: unknown) => {
        if (error instanceof sdk.NotFound || error instanceof sdk.NoSuchBucket) return false;
        throw error;
      },
    );
    if (isAws(environment.s3)) {
      if (!exists) throw new CommandError(notDeployed("bucket", bucket.name));
      return;
    }
    if (!exists) await client.send(new sdk.CreateBucketCommand({ Bucket: bucket.name }));
    if (bucket.cors.length > 0)
      await settingUp("CORS rules", bucket.name, () =>
        client.send(
          new sdk.PutBucketCorsCommand({
            Bucket: bucket.name,
            CORSConfiguration: {
              CORSRules: bucket.cors.map((rule) => ({
                AllowedOrigins: rule.allowedOrigins,
                AllowedMethods: rule.allowedMethods,
                AllowedHeaders: rule.allowedHeaders,
                ExposeHeaders: rule.exposeHeaders,
                MaxAgeSeconds: rule.maxAgeSeconds,
              })),
            },
          }),
        ),
      );
    if (bucket.abortIncompleteMultipartAfterDays !== undefined)
      await settingUp("lifecycle", bucket.name, () =>
        client.send(
          new sdk.PutBucketLifecycleConfigurationCommand({
            Bucket: bucket.name,
            LifecycleConfiguration: {
              Rules: [
                {
                  ID: "abort-incomplete",
                  Status: "Enabled",
                  Filter: { Prefix: "" },
                  AbortIncompleteMultipartUpload: { DaysAfterInitiation: bucket.abortIncompleteMultipartAfterDays },
                },
              ],
            },
          }),
        ),
      );
  });
  client.destroy();
}

/** Some stores configure this in another way (MinIO's CORS). A line says so, and the start goes on. */
async function settingUp(what: string, bucket: string, work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: Error) => {
    console.error(
      `The ${what} of ${bucket} could not be set there (${error.message}); set it by the store's own means.`,
    );
  });
}
