import { lambda, type Needs } from "./function.ts";
import type { apiFunctions, consumers, stepFunctions } from "./function-list.ts";
import { Mail, sendMail } from "./mail.ts";
import { Inspector, inspect } from "./parsers.ts";
import { FailedQueue } from "./queue.ts";
import { Redrive, redrive } from "./redrive.ts";
import { rights } from "./rights.ts";
import { Deadlines, setDeadlines, setRetries, Webhooks } from "./schedules.ts";
import { GrantKeys, LinkKeys } from "./secret.ts";
import { Derived, Signatures, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { Workflow } from "./workflow-link.ts";

type Name = keyof typeof apiFunctions | keyof typeof stepFunctions | Exclude<keyof typeof consumers, "redrive">;

/** What each function may do and is told, and nothing else: a check compares it with what its code calls. */
const NEEDS: Record<Name, Needs> = {
  check: {
    rights: [...rights.rowsByKey, ...rights.readUploads, ...rights.inspect],
    links: [Table, Uploads, Inspector],
  },
  preview: {
    rights: [...rights.rowsByKey, ...rights.readUploads, ...rights.writeDerived, ...rights.inspect],
    links: [Table, Uploads, Derived, Inspector],
  },
  broker: {
    rights: [...rights.rowsByKey, ...rights.readUploads, ...rights.writeDerived, ...rights.readSignatures],
    links: [Table, Uploads, Derived, Signatures],
  },
  publish: {
    rights: [...rights.rows],
    links: [Table],
  },
  announce: {
    rights: [...rights.indexedRows, ...sendMail],
    links: [Table, LinkKeys, Mail],
  },
  finish: {
    rights: [...rights.rows, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
  },
  noteFailure: {
    rights: [...rights.rows, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
  },
  objects: {
    rights: [...rights.rows, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
    async: true,
  },
  changes: {
    rights: [
      ...rights.allRows,
      ...rights.readUploads,
      ...rights.purgeUploads,
      ...rights.purgeDerived,
      ...rights.closeUrls,
      ...rights.startRuns,
      ...rights.failInto,
      ...rights.sendWebhooks,
      ...setDeadlines,
      ...sendMail,
      {
        actions: [
          "dynamodb:DescribeStream",
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
          "dynamodb:ListStreams",
        ],
        resources: [Table.nodes.table.streamArn],
      },
    ],
    links: [Table, Uploads, Derived, LinkKeys, Workflow, Webhooks, Deadlines, Mail],
  },
  webhooks: {
    rights: [...rights.rowAndUse, ...setRetries],
    links: [Table, Webhooks],
    async: true,
  },
  deadlines: {
    rights: [...rights.allRows, ...rights.purgeUploads, ...rights.purgeDerived, ...setDeadlines, ...sendMail],
    links: [Table, Uploads, Derived, LinkKeys, Deadlines, Mail],
    async: true,
  },
  bounces: {
    rights: [...rights.rowsByKey, ...sendMail],
    links: [Table, Mail],
    async: true,
  },
  sweep: {
    rights: [
      ...rights.allRows,
      ...rights.readUploads,
      ...rights.purgeUploads,
      ...rights.purgeDerived,
      ...rights.startRuns,
      ...setDeadlines,
      ...sendMail,
    ],
    links: [Table, Uploads, Derived, LinkKeys, Workflow, Deadlines, Mail],
    async: true,
  },
  api: {
    rights: [
      ...rights.allRows,
      ...rights.readUploads,
      ...rights.signUploads,
      ...rights.purgeUploads,
      ...rights.closeUrls,
      ...rights.purgeDerived,
      ...rights.startRuns,
    ],
    links: [Table, Uploads, Derived, LinkKeys, GrantKeys, Workflow],
  },
  authorize: {
    rights: [...rights.rowAndUse],
    links: [Table],
  },
};

/** Every function beside the web's, by its name in the list. */
export const functions = {
  redrive,
  inspect,
  ...(Object.fromEntries(Object.entries(NEEDS).map(([name, needs]) => [name, lambda(name, needs)])) as Record<
    Name,
    sst.aws.Function
  >),
};
