import { SESv2ServiceException, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { resources } from "#lib/adapters/resources.ts";
import { ses } from "#lib/adapters/ses.ts";
import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { MailContent } from "./content.ts";
import { acquireMailLease, noteRefused, noteSent, releaseMailLease } from "./mail.store.ts";
import { headerText, mailbox } from "./mailbox.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";

export type Mail = {
  transferId: string;
  /** What it is about, to whom and which time; one name is sent once. Letters, digits, `#`, `_`, `-`, `:` and `.`. */
  name: string;
  to: string;
  /** What people see as the sender, before "via Dormouse". */
  fromName: string;
  replyTo?: string | undefined;
  content: MailContent;
  /** Come back with what SES tells of the mail later; letters, digits, `_` and `-`. */
  tags?: Record<string, string>;
};

/** `refused` is about this mail and final, `postponed` about the deployment; each has a sentence for a person. */
export type MailOutcome = { outcome: "sent" | "under way" } | { outcome: "refused" | "postponed"; problem: string };

/** After so many tries that ended in a crash, the mail is given up. */
const MAX_ATTEMPTS = 3;

/**
 * Sends a mail once, however often it is asked for. The lease of its row is acquired first, and the mail noted last: only a crash
 * in between, after SES took the mail, makes a second try send it again once the lease has ended, three times at most. Throttling
 * and outages are thrown, for the caller to be tried again.
 */
export async function sendMail(ctx: Ctx, mail: Mail): Promise<MailOutcome> {
  const { workspaceId } = requireSystem(ctx);
  const from = resources.mail;
  if (!from?.sender) return { outcome: "postponed", problem: "This Dormouse has no address to send mail from." };
  const key = { workspaceId, transferId: mail.transferId, name: mail.name };
  const lease = await acquireMailLease(key, ctx.clock.now());
  if (!lease.acquired) {
    const { state, problem } = lease.row;
    if (state === "refused") return { outcome: "refused", problem: problem ?? UNEXPLAINED };
    return { outcome: state === "sent" ? "sent" : "under way" };
  }
  if (lease.attempts > MAX_ATTEMPTS) {
    const problem = "Sending this mail was broken off several times, so it was given up.";
    await noteRefused(key, problem);
    return { outcome: "refused", problem };
  }
  try {
    const { MessageId = "" } = await ses().send(new SendEmailCommand(await toCommand(mail, workspaceId, from)));
    await noteSent(key, MessageId, ctx.clock.now());
    return { outcome: "sent" };
  } catch (error) {
    const answer = explain(error);
    if (answer?.outcome === "refused") await noteRefused(key, answer.problem);
    else if (error instanceof SESv2ServiceException) await releaseMailLease(key, lease.token, ctx.clock.now());
    if (!answer) throw error;
    return answer;
  }
}

async function toCommand(mail: Mail, workspaceId: string, from: { sender: string; configSet?: string }) {
  const { to, fromName, replyTo, content, tags = {} } = mail;
  const [Html, Text] = [renderHtml(content), renderText(content)];
  return {
    FromEmailAddress: mailbox(fromName ? `${fromName} via Dormouse` : "Dormouse", addressOf(from.sender)),
    Destination: { ToAddresses: [to] },
    ...(replyTo ? { ReplyToAddresses: [replyTo] } : {}),
    ...(from.configSet ? { ConfigurationSetName: from.configSet } : {}),
    Content: {
      Simple: {
        Subject: { Data: headerText(content.subject), Charset: "UTF-8" },
        Body: { Html: { Data: Html, Charset: "UTF-8" }, Text: { Data: Text, Charset: "UTF-8" } },
        // Out-of-office programs do not answer what says this (RFC 3834).
        Headers: [{ Name: "Auto-Submitted", Value: "auto-generated" }],
      },
    },
    EmailTags: Object.entries({ workspace: workspaceId, transfer: mail.transferId, ...tags }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
  };
}

/** Of `Name <address>`, as a deployment may be told its sender, the address. */
const addressOf = (sender: string): string => /<([^<>]+)>/.exec(sender)?.[1] ?? sender;

const UNEXPLAINED = "The mail service refused it without a reason.";

/** What SES's refusals mean ("Common errors" of its API, version 2); undefined for what passes by itself. */
function explain(error: unknown): Extract<MailOutcome, { problem: string }> | undefined {
  if (!(error instanceof SESv2ServiceException)) return undefined;
  switch (error.name) {
    case "MessageRejected":
      if (/not verified/i.test(error.message)) {
        return {
          outcome: "postponed",
          problem:
            "Amazon SES does not send this yet: the sender's address is not verified, or the account is still in SES's sandbox.",
        };
      }
      return { outcome: "refused", problem: "Amazon SES refused the message because of what it contains." };
    case "BadRequestException":
      return { outcome: "refused", problem: "Amazon SES does not accept this address." };
    case "MailFromDomainNotVerifiedException":
      return { outcome: "postponed", problem: "The domain that mail is sent from is not verified in Amazon SES." };
    case "NotFoundException":
      return { outcome: "postponed", problem: "Amazon SES does not know the configuration set of this Dormouse." };
    case "AccountSuspendedException":
    case "SendingPausedException":
      return { outcome: "postponed", problem: "Amazon SES has stopped sending mail for this account." };
    case "LimitExceededException":
      return { outcome: "postponed", problem: "The account has used up what Amazon SES lets it send in a day." };
    default:
      return undefined;
  }
}
