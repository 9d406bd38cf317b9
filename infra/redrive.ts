import { lambda } from "./function.ts";
import { Mail, sendMail } from "./mail.ts";
import { FailedQueue } from "./queue.ts";
import { rights } from "./rights.ts";
import { Deadlines, setDeadlines } from "./schedules.ts";
import { LinkKeys } from "./secret.ts";
import { Derived, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { Workflow } from "./workflow-link.ts";

/** Does again what `objects`, `changes` and `deadlines` gave up on, and so may what they may. */
export const redrive = lambda("redrive", {
  rights: [
    ...rights.allRows,
    ...rights.readUploads,
    ...rights.purgeUploads,
    ...rights.purgeDerived,
    ...rights.startRuns,
    ...rights.takeFailed,
    ...rights.switchRedrive,
    ...setDeadlines,
    ...sendMail,
  ],
  links: [Table, Uploads, Derived, LinkKeys, Workflow, FailedQueue, Deadlines, Mail],
});

/** Disabled while there is no work, since its polling is billed. The application enables it, so no deployment may not. */
const mapping = new aws.lambda.EventSourceMapping(
  "RedriveMapping",
  {
    eventSourceArn: FailedQueue.properties.arn,
    functionName: redrive.name,
    enabled: false,
    batchSize: 10,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: 2 },
  },
  { ignoreChanges: ["enabled"] },
);

export const Redrive = new sst.Linkable("Redrive", { properties: { uuid: mapping.uuid } });

// It switches itself off when the queue is empty, but there is no mapping before there is a function.
redrive.addEnvironment({ SST_RESOURCE_Redrive: $jsonStringify({ uuid: mapping.uuid, type: "sst.sst.Linkable" }) });
