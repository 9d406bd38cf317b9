/** Endpoints that the user chose instead of the local engines: what the app needs there is checked, and made where it can be. */

import { CommandError } from "./core/command-error.ts";
import { type Endpoint, type Environment, TABLE_NAME } from "./environment.ts";
import { createTableInput, missingIndexInputs, timeToLiveInput } from "./services/dynamodb/table.ts";
import type { BucketDeclaration } from "./services/s3/server.ts";

/** On AWS itself nothing is created behind Pulumi's back. */
const isAws = ({ url }: Endpoint): boolean => /\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(url).hostname);

const settings = ({ region, credentials }: Environment, { url }: Endpoint) => ({
  region,
  credentials,
  endpoint: url,
  maxAttempts: 2,
});

/** Makes sure that the table is there as declared; throws CommandError when the endpoint can't be used. */
export async function prepareForeignTable(environment: Environment): Promise<void> {
  const sdk = await import("@aws-sdk/client-dynamodb");
  const client = new sdk.DynamoDBClient(settings(environment, environment.dynamodb));
  await explained("DynamoDB", environment.dynamodb, async () => {
    const described = await client
      .send(new sdk.DescribeTableCommand({ TableName: TABLE_NAME }))
      .catch((error: unknown) => {
        if (error instanceof sdk.ResourceNotFoundException) return undefined;
        throw error;
      });
    if (!described) {
      if (isAws(environment.dynamodb)) throw new CommandError(notDeployed("table", TABLE_NAME));
      await client.send(new sdk.CreateTableCommand(createTableInput(TABLE_NAME)));
      await sdk.waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: TABLE_NAME });
      await client.send(new sdk.UpdateTimeToLiveCommand(timeToLiveInput(TABLE_NAME)));
      return;
    }
    const existing = (described.Table?.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) => IndexName ?? []);
    const missing = missingIndexInputs(TABLE_NAME, existing);
    if (missing.length > 0 && isAws(environment.dynamodb))
      throw new CommandError(notDeployed("table's index", TABLE_NAME));
    for (const input of missing) await client.send(new sdk.UpdateTableCommand(input));
  });
  client.destroy();
}

/** Makes sure that the bucket is there with its CORS rules and lifecycle; throws CommandError when the endpoint can't be used. */
export async function prepareForeignBucket(environment: Environment, bucket: BucketDeclaration): Promise<void> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({ ...settings(environment, environment.s3), forcePathStyle: !isAws(environment.s3) });
  await explained("S3", environment.s3, async () => {
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

/** Some stores have a setting of their own for it (MinIO's CORS): that is said, and is no reason not to start. */
async function settingUp(what: string, bucket: string, work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: Error) => {
    console.error(
      `The ${what} of ${bucket} could not be set there (${error.message}); set it by the store's own means.`,
    );
  });
}

async function explained(service: string, { url }: Endpoint, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason =
      error instanceof Error
        ? `${error.name}: ${error.message || (error as NodeJS.ErrnoException).code}`
        : String(error);
    throw new CommandError(`${service} at ${url} can't be used: ${reason}`);
  }
}

const notDeployed = (what: string, name: string): string =>
  `The ${what} ${name} is not in that account. The local cloud creates nothing on AWS: deploy first.`;
