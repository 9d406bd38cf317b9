import { Entity } from "electrodb";

/** A mail of a transfer, written before it is sent: its row is what makes it be sent once. */
export const MailEntity = new Entity({
  model: { service: "dormouse", entity: "mail", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** What it is about, to whom, and which time: `files#dl_…#1`. */
    name: { type: "string", required: true },
    state: { type: ["sending", "sent", "refused"] as const, required: true },
    /** Who sends it now, and until when nobody else does (`lib/db/lease.ts`). */
    leasedBy: { type: "string" },
    leasedUntil: { type: "string" },
    attempts: { type: "number" },
    sentAt: { type: "string" },
    /** SES's own id of the message. */
    messageId: { type: "string" },
    /** One sentence: why it was refused. */
    problem: { type: "string" },
  },
  indexes: {
    inTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId"],
        template: "ws#${workspaceId}#transfer#${transferId}#mails",
        casing: "none",
      },
      sk: { field: "sk", composite: ["name"], template: "mail#${name}", casing: "none" },
    },
  },
});
