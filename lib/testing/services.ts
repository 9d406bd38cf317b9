import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { functionArn, queueArn, roleArn } from "#infra/local/core/arns.ts";
import type { LedgerEntry } from "#infra/local/core/ledger.ts";
import { createServicesFront } from "#infra/local/front.ts";
import { createScheduler } from "#infra/local/services/scheduler/api.ts";
import { createSes } from "#infra/local/services/ses/api.ts";
import type { Message } from "#infra/local/services/ses/message.ts";
import { openMessages } from "#infra/local/services/ses/store.ts";
import { createSqs } from "#infra/local/services/sqs/api.ts";
import { credentials } from "./engines.ts";

export const SENDER = "dormouse@sender.example";
const GROUP = "test";
const REGION = "us-east-1";

export type TestServices = {
  /** Mail that was sent to an address, oldest first; without an address, all mail. */
  mailsTo(address?: string): Message[];
  /** The events that SES has published about mail that bounced. */
  events: object[];
  ledger: LedgerEntry[];
  /** Sets the only address that SES sends from; `SENDER` at first. */
  verify(address: string): void;
  /** Sets how many messages per second SES accepts. */
  limit(rate: number): void;
};

/** Gives the tests of a file, which have engines, a mail service and a scheduler of their own. */
export function requireServices(): TestServices {
  const events: object[] = [];
  const ledger: LedgerEntry[] = [];
  let dir = "";
  let rate = 1000;
  let verified = SENDER;
  let stop = async () => {};

  before(async () => {
    const home = mkdtempSync(join(tmpdir(), "dormouse-test-"));
    dir = join(home, "ses");
    const note = (entry: LedgerEntry) => void ledger.push(entry);
    const ses = createSes({
      dir,
      inboxKey: "nobody looks here",
      region: REGION,
      get sender() {
        return verified;
      },
      get rate() {
        return rate;
      },
      onEvent: (event) => void events.push(event),
      ledger: note,
    });
    const scheduler = createScheduler({
      file: join(home, "scheduler.sqlite"),
      region: REGION,
      groups: [GROUP],
      functions: ["deadlines", "webhooks"],
      queue: { accept: () => "" },
      deadLetter: () => undefined,
      ledger: note,
      onError: console.error,
    });
    const failed = { name: "failed", visibilitySeconds: 30, retentionSeconds: 3600 };
    const sqs = createSqs({
      file: join(home, "sqs.sqlite"),
      queues: [failed],
      urlOf: (name) => `http://127.0.0.1/000000000000/${name}`,
      arnOf: (name) => queueArn(REGION, name),
      ledger: note,
    });
    const services = [ses, scheduler, sqs];
    const server = createServicesFront({ services, credentials, region: REGION, onError: console.error });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SQS: url,
      SST_RESOURCE_FailedQueue: JSON.stringify({
        url: `${url}/000000000000/failed`,
        arn: queueArn(REGION, "failed"),
      }),
      AWS_ENDPOINT_URL_SESV2: url,
      AWS_ENDPOINT_URL_SCHEDULER: url,
      SST_RESOURCE_Mail: JSON.stringify({ sender: SENDER }),
      SST_RESOURCE_Webhooks: JSON.stringify({
        name: "webhooks",
        group: GROUP,
        role: roleArn("test"),
        target: functionArn(REGION, "webhooks"),
      }),
      SST_RESOURCE_Deadlines: JSON.stringify({
        group: GROUP,
        role: roleArn("test"),
        target: functionArn(REGION, "deadlines"),
      }),
    });
    stop = async () => {
      server.close();
      server.closeAllConnections();
      await Promise.all(services.map((service) => service.close()));
      rmSync(home, { recursive: true, force: true });
    };
  });
  after(() => stop());

  return {
    events,
    ledger,
    mailsTo: (address) =>
      openMessages(dir)
        .list()
        .reverse()
        .filter(({ to }) => address === undefined || to.includes(address)),
    verify(address) {
      verified = address;
    },
    limit(next) {
      rate = next;
    },
  };
}
