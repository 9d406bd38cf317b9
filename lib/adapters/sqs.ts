import { SQSClient } from "@aws-sdk/client-sqs";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: SQSClient | undefined;

/** One client per process; region, credentials and endpoint come from the environment. */
export function sqs(): SQSClient {
  if (!client) {
    client = new SQSClient({});
    meterRequests(client, "sqs");
  }
  return client;
}
