import { LambdaClient } from "@aws-sdk/client-lambda";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: LambdaClient | undefined;

/** One client per process; region, credentials and endpoint come from the environment. */
export function lambda(): LambdaClient {
  if (!client) {
    client = new LambdaClient({});
    meterRequests(client, "lambda");
  }
  return client;
}
