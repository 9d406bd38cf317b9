/**
 * SES's mailbox simulator: the local part of an address decides what happens to a message, at any domain. Events have
 * the form in which SES publishes them to EventBridge.
 */
import { randomUUID } from "node:crypto";
import { ACCOUNT } from "../../core/arns.ts";
import { addressIn, type Message } from "./message.ts";

type SimulatedOutcome = {
  eventType: "Bounce" | "Complaint";
  detailType: string;
  more: (address: string, at: string) => object;
};

const bounce = (
  bounceType: string,
  bounceSubType: string,
  status: string,
  diagnosticCode: string,
): SimulatedOutcome => ({
  eventType: "Bounce",
  detailType: "Email Bounced",
  more: (emailAddress, timestamp) => ({
    bounce: {
      feedbackId: randomUUID(),
      bounceType,
      bounceSubType,
      bouncedRecipients: [{ emailAddress, action: "failed", status, diagnosticCode }],
      timestamp,
      reportingMTA: "dns; localhost",
    },
  }),
});

const SIMULATED_OUTCOMES: Record<string, SimulatedOutcome> = {
  bounce: bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
  suppressionlist: bounce("Permanent", "OnAccountSuppressionList", "5.1.1", "Amazon SES did not send the message"),
  full: bounce("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
  complaint: {
    eventType: "Complaint",
    detailType: "Email Complaint Received",
    more: (emailAddress, timestamp) => ({
      complaint: { feedbackId: randomUUID(), complainedRecipients: [{ emailAddress }], timestamp },
    }),
  },
};

const simulatedOutcomeOf = (mailbox: string): SimulatedOutcome | undefined =>
  SIMULATED_OUTCOMES[addressIn(mailbox).split("@")[0]?.split("+")[0]?.toLowerCase() ?? ""];

/** Whether the message reaches this recipient's mailbox. It does for a complaint. */
export const isDelivered = (mailbox: string): boolean => simulatedOutcomeOf(mailbox)?.eventType !== "Bounce";

/** The events that SES publishes some time after it has accepted a message. */
export function eventsOf(message: Message, region: string): object[] {
  return message.to.flatMap((mailbox) => {
    const fate = simulatedOutcomeOf(mailbox);
    if (!fate) return [];
    const time = new Date().toISOString();
    return {
      version: "0",
      id: randomUUID(),
      "detail-type": fate.detailType,
      source: "aws.ses",
      account: ACCOUNT,
      time: `${time.slice(0, 19)}Z`,
      region,
      resources: [],
      detail: {
        eventType: fate.eventType,
        ...fate.more(addressIn(mailbox), time),
        mail: {
          timestamp: message.at,
          source: message.from,
          messageId: message.id,
          destination: message.to.map(addressIn),
          tags: Object.fromEntries(Object.entries(message.tags).map(([name, value]) => [name, [value]])),
        },
      },
    };
  });
}
