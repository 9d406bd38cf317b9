import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lambda, type Needs } from "./function.ts";
import type { consumers, stepFunctions } from "./function-list.ts";
import { Mail, sendMail } from "./mail.ts";
import { FailedQueue } from "./queue.ts";
import { Redrive, redrive } from "./redrive.ts";
import { rights } from "./rights.ts";
import { Deadlines, setDeadlines } from "./schedules.ts";
import { LinkKeys } from "./secret.ts";
import { Derived, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { Workflow } from "./workflow-link.ts";

type Name = keyof typeof stepFunctions | Exclude<keyof typeof consumers, "redrive">;

const PREVIEW = [...rights.rowsByKey, ...rights.readUploads, ...rights.writeDerived];

/** What each function may do and is told, and nothing else: a check compares it with what its code calls. */
const NEEDS: Record<Name, Needs> = {
  check: {
    rights: [...rights.rowsByKey, ...rights.readUploads],
    links: [Table, Uploads],
  },
  pictures: {
    rights: PREVIEW,
    links: [Table, Uploads, Derived],
    install: locked("sharp"),
  },
  documents: {
    rights: PREVIEW,
    links: [Table, Uploads, Derived],
    install: locked("sharp", "@napi-rs/canvas", "pdfjs-dist"),
  },
  archives: {
    rights: PREVIEW,
    links: [Table, Uploads, Derived],
    install: locked("sharp"),
  },
  media: {
    rights: PREVIEW,
    links: [Table, Uploads, Derived],
    install: locked("sharp"),
  },
  publish: {
    rights: [...rights.rows],
    links: [Table],
  },
  announce: {
    rights: [...rights.allRows, ...sendMail],
    links: [Table, LinkKeys, Mail],
  },
  finish: {
    rights: [...rights.rowsAndRemoval, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
  },
  noteFailure: {
    rights: [...rights.rowsAndRemoval, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
  },
  objects: {
    rights: [...rights.rowsAndRemoval, ...rights.readUploads, ...rights.listUploads, ...rights.startRuns],
    links: [Table, Uploads, Workflow],
    async: true,
  },
  changes: {
    rights: [
      ...rights.allRows,
      ...rights.readUploads,
      ...rights.forgetUploads,
      ...rights.forgetDerived,
      ...rights.startRuns,
      ...rights.failInto,
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
    links: [Table, Uploads, Derived, LinkKeys, Workflow, Deadlines, Mail],
  },
  deadlines: {
    rights: [...rights.allRows, ...rights.forgetUploads, ...rights.forgetDerived, ...setDeadlines, ...sendMail],
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
      ...rights.forgetUploads,
      ...rights.forgetDerived,
      ...rights.startRuns,
      ...setDeadlines,
      ...sendMail,
    ],
    links: [Table, Uploads, Derived, LinkKeys, Workflow, Deadlines, Mail],
    async: true,
  },
};

/** Every function beside the web's, by its name in the list. */
export const functions = {
  redrive,
  ...(Object.fromEntries(Object.entries(NEEDS).map(([name, needs]) => [name, lambda(name, needs)])) as Record<
    Name,
    sst.aws.Function
  >),
};

/** Packages in the very versions that the tests ran with. */
function locked(...names: string[]): Record<string, string> {
  const lock = JSON.parse(readFileSync(join($cli.paths.root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string }>;
  };
  return Object.fromEntries(names.map((name) => [name, lock.packages[`node_modules/${name}`]!.version]));
}
