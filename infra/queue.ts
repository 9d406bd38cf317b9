import { functionList } from "./function-list.ts";

const DAY_SECONDS = 24 * 3600;

/** What consumers gave up on, for two weeks. It has no queue of its own behind it: what fails again stays where it is. */
const queue = new aws.sqs.Queue("FailedQueue", {
  messageRetentionSeconds: 14 * DAY_SECONDS,
  sqsManagedSseEnabled: true,
  // Six times the function's time, as Lambda asks of a queue that it reads.
  visibilityTimeoutSeconds: 6 * functionList.redrive!.timeoutSeconds,
  receiveWaitTimeSeconds: 20,
});

export const FailedQueue = new sst.Linkable("FailedQueue", { properties: { url: queue.url, arn: queue.arn } });
/** For its alarm. */
export const failedQueueName = queue.name;
