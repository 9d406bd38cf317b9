import { Resource } from "sst/resource";
import { type Keys, readKeys } from "#lib/kernel/keys.ts";

declare module "sst/resource" {
  interface Resource {
    Table: { name: string };
    Uploads: { name: string };
    Derived: { name: string };
    Signatures: { name: string };
    LinkKeys: { value: string };
    GrantKeys: { value: string };
    SignInKeys: { value: string };
    Workflow: { arn: string };
    FailedQueue: { url: string; arn: string };
    Inspector: { name: string };
    Broker: { name: string };
    Redrive: { uuid: string };
    Webhooks: { name: string; group: string; role: string; target: string };
    Deadlines: { group: string; role: string; target: string };
    Mail: { sender: string; configSet?: string };
  }
}

/** Names and secrets of what is deployed, from SST's links: the same variables locally and on AWS. */
export const resources = {
  get table(): string {
    return Resource.Table.name;
  },
  get uploads(): string {
    return Resource.Uploads.name;
  },
  /** What was made of files for showing them. */
  get derived(): string {
    return Resource.Derived.name;
  },
  /** The database of the virus scanner, kept fresh by a schedule. */
  get signatures(): string {
    return Resource.Signatures.name;
  },
  /** ARN of the state machine. */
  get workflow(): string {
    return Resource.Workflow.arn;
  },
  /** Name of the function that opens files of strangers. */
  get inspector(): string {
    return Resource.Inspector.name;
  },
  /** Name of the function that containers ask. */
  get broker(): string {
    return Resource.Broker.name;
  },
  /** URL of the queue where events wait that failed twice. */
  get failedQueue(): string {
    return Resource.FailedQueue.url;
  },
  /** The event source that sends them on, enabled only while there is work. */
  get redrive(): string {
    return Resource.Redrive.uuid;
  },
  /** The function that sends to webhooks: its name, and what calls it again later, as of deadlines. */
  get webhooks(): { name: string; group: string; role: string; target: string } {
    return Resource.Webhooks;
  },
  /** Of EventBridge Scheduler: the group of one-shot schedules, the role they take on and the function they call. */
  get deadlines(): { group: string; role: string; target: string } {
    return Resource.Deadlines;
  },
  /** The address that mail is sent from, and what has SES tell of bounces; undefined where no mail is set up. */
  get mail(): { sender: string; configSet?: string } | undefined {
    return whenLinked(() => Resource.Mail);
  },
  /** Keys of guests' links, of download grants and of sign-in links: a program is linked to those that it needs. */
  get linkKeys(): Keys {
    return readKeys(Resource.LinkKeys.value);
  },
  get grantKeys(): Keys {
    return readKeys(Resource.GrantKeys.value);
  },
  get signInKeys(): Keys {
    return readKeys(Resource.SignInKeys.value);
  },
};

/** Undefined for what a deployment may do without, where it is not linked. */
function whenLinked<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && error.message.includes("is not linked")) return undefined;
    throw error;
  }
}
