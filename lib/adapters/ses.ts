import { SESv2Client } from "@aws-sdk/client-sesv2";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: SESv2Client | undefined;

/** One client per process; region, credentials and endpoint come from the environment. */
export function ses(): SESv2Client {
  if (!client) {
    client = new SESv2Client({});
    meterRequests(client, "ses");
  }
  return client;
}
