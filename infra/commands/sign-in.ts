/** The owner's one-time sign-in link, which needs only the deployment's keys. */

import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { type Environment, TABLE_NAME } from "../local/environment.ts";
import { databaseFile, tableIsEmpty } from "../local/services/dynamodb/dynoxide-file.ts";

export function signInLink(environment: Environment, now = new Date()): string {
  return `${environment.origin}/welcome/${mintSignInToken({ keys: environment.keys["sign-in"], now })}`;
}

/** Whether nobody has ever signed in: until then the table is empty. */
export async function isFirstRun(environment: Environment): Promise<boolean> {
  if (environment.dynamodb.ours) return tableIsEmpty(databaseFile(environment.home), TABLE_NAME);
  const { DynamoDBClient, ScanCommand } = await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({
    region: environment.region,
    credentials: environment.credentials,
    endpoint: environment.dynamodb.url,
  });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE_NAME, Limit: 1 }));
  client.destroy();
  return Items.length === 0;
}
