/**
 * SES, version 2: accepts messages as SES does, stores them on disk and shows them in the browser instead of sending
 * them. It has no process of its own: two listeners of the router, and the folder is read on request.
 */
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import {
  type AwsService,
  jsonReply,
  readInput,
  ServiceError,
  type ServiceReply,
  type ServiceRequest,
} from "../../core/aws-service.ts";
import type { Ledger } from "../../core/ledger.ts";
import { eventsOf } from "./events.ts";
import { createInbox } from "./inbox.ts";
import { addressIn, type Message, readMessage } from "./message.ts";
import { openMessages } from "./store.ts";

export type SesOptions = {
  /** Where messages are stored. */
  dir: string;
  /** The key that opens the inbox in a browser. */
  inboxKey: string;
  region: string;
  /** The only verified identity: an address, or `Name <address>`. */
  sender: string;
  /** Messages that the account may send per second. */
  rate?: number;
  /** Receives the events that SES publishes to EventBridge after a message was accepted. */
  onEvent: (event: object) => void;
  ledger: Ledger;
  now?: () => Date;
};

export type Ses = AwsService & {
  /** The inbox in the browser; not listening yet. */
  inbox: Server;
};

/** The limit of a new account outside the sandbox ("Service quotas in Amazon SES"). */
const DEFAULT_RATE = 14;

export function createSes(options: SesOptions): Ses {
  const { dir, region, onEvent, ledger, now = () => new Date() } = options;
  const messages = openMessages(dir);
  const inbox = createInbox(messages, options.inboxKey);
  let lastUsedAt: number | undefined;
  let sentAt: number[] = [];

  function sendEmail(request: ServiceRequest): ServiceReply {
    const from = performance.now();
    const message = readMessage(
      readInput(request),
      `${now().getTime().toString(16)}-${randomUUID()}`,
      now().toISOString(),
    );
    accept(message);
    messages.add(message);
    const size = Buffer.byteLength(message.text) + Buffer.byteLength(message.html);
    const units = { messages: message.to.length, bytes: size };
    ledger({ service: "ses", operation: "SendEmail", units, ms: performance.now() - from });
    for (const event of eventsOf(message, region)) onEvent(event);
    return jsonReply(request, { MessageId: message.id });
  }

  /** Throws SES's errors for messages that are well-formed. */
  function accept(message: Message): void {
    const identity = addressIn(message.from);
    if (identity.toLowerCase() !== addressIn(options.sender).toLowerCase())
      throw new ServiceError(
        "MessageRejected",
        `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${identity}`,
      );
    if (`${message.text}${message.html}`.includes("EICAR-STANDARD-ANTIVIRUS-TEST-FILE"))
      throw new ServiceError("MessageRejected", "Message contains a virus.");
    if (message.configurationSet)
      throw new ServiceError("NotFoundException", `Configuration set <${message.configurationSet}> does not exist.`, {
        status: 404,
      });
    const at = now().getTime();
    sentAt = sentAt.filter((one) => one > at - 1000);
    if (sentAt.length + message.to.length > (options.rate ?? DEFAULT_RATE))
      throw new ServiceError("TooManyRequestsException", "Maximum sending rate exceeded.", { status: 429 });
    sentAt.push(...message.to.map(() => at));
  }

  return {
    names: ["ses"],
    inbox,
    async handle(request) {
      lastUsedAt = Date.now();
      if (request.method === "POST" && request.path === "/v2/email/outbound-emails") return sendEmail(request);
      throw new ServiceError("UnknownOperationException", `SES has no ${request.method} ${request.path} here.`, {
        status: 404,
      });
    },
    status: () => [{ name: "ses", state: "asleep", pids: [], inFlight: 0, ...(lastUsedAt ? { lastUsedAt } : {}) }],
    async close() {
      inbox.close();
      inbox.closeAllConnections();
    },
  };
}
