/** SQS, with the queue of failed events. */
import { join } from "node:path";
import { queueArn } from "../../core/arns.ts";
import { consumers } from "../../declaration.ts";
import { FAILED_QUEUE, queueUrl } from "../../environment.ts";
import type { LocalCloud } from "../../service.ts";
import { createSqs } from "./api.ts";

const RETENTION_SECONDS = 14 * 24 * 3600;
/** "At least six times the function's timeout" ("Configuring a queue to use with Lambda"). */
const VISIBILITY_SECONDS = 6 * consumers.redrive.timeoutSeconds;

export function open({ environment, ledger }: LocalCloud) {
  const sqs = createSqs({
    file: join(environment.home, "data", "events", "sqs.sqlite"),
    queues: [{ name: FAILED_QUEUE, visibilitySeconds: VISIBILITY_SECONDS, retentionSeconds: RETENTION_SECONDS }],
    urlOf: (name) => queueUrl(environment, name),
    arnOf: (name) => queueArn(environment.region, name),
    ledger,
  });
  const failed = sqs.queue(FAILED_QUEUE);
  return {
    ...sqs,
    failed,
    /** Puts the record of an event that was given up into the queue of failed events. */
    setAside(record: object): void {
      const body = JSON.stringify(record);
      failed.bill("SendMessage", Buffer.byteLength(body));
      failed.send(body);
    },
  };
}
