import { SFNClient } from "@aws-sdk/client-sfn";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: SFNClient | undefined;

/** One client of Step Functions per process; region, credentials and endpoint come from the environment. */
export function sfn(): SFNClient {
  if (!client) {
    client = new SFNClient({});
    meterRequests(client, "stepfunctions");
  }
  return client;
}
