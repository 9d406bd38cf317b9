import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { meterDynamoDB } from "#lib/metering/sdk-metering.ts";

let client: DynamoDBDocumentClient | undefined;

/** One document client per process; region, credentials and endpoint come from the environment. */
export function dynamodb(): DynamoDBDocumentClient {
  if (!client) {
    const base = new DynamoDBClient({});
    meterDynamoDB(base);
    client = DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } });
  }
  return client;
}
