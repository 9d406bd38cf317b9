import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { meterRequests } from "#lib/metering/sdk-metering.ts";

let client: SchedulerClient | undefined;

/** One client per process; region, credentials and endpoint come from the environment. */
export function scheduler(): SchedulerClient {
  if (!client) {
    client = new SchedulerClient({});
    meterRequests(client, "scheduler");
  }
  return client;
}
