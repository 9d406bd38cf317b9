import { standInWords } from "#lib/kernel/file-words.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import type { MailContent } from "./content.ts";
import { headerText } from "./mailbox.ts";
import { momentInWords, NO_TRACKING, nameInWords } from "./words.ts";

/** Files that a mail names. */
export const NAMED_FILES = 10;

/**
 * A transfer as mails speak of it; `files` are the first of `fileCount`, which can be had, `bytes` the size of all of these;
 * `withheld` were sent and can't be had.
 */
export type MailedTransfer = {
  /** Its title, or what it is called without one. */
  name: string;
  message: string;
  senderName: string;
  workspaceName: string;
  expiresAt: string;
  fileCount: number;
  bytes: number;
  withheld: number;
  files: { path: string; size: number }[];
};

const titleOf = ({ name }: MailedTransfer): string => nameInWords(name);
const nameOfSender = ({ senderName, workspaceName }: MailedTransfer): string =>
  headerText(senderName, 60) || headerText(workspaceName, 60) || "Someone";
const wholeOf = (transfer: MailedTransfer): string =>
  `${formatCount(transfer.fileCount, "file")}, ${formatBytes(transfer.bytes)}`;

function filesOf({ files, fileCount }: MailedTransfer): Pick<MailContent, "files" | "moreFiles"> {
  const named = files.slice(0, NAMED_FILES);
  const more = fileCount - named.length;
  return {
    files: named.map(({ path, size }) => ({ name: nameInWords(path), size: formatBytes(size) })),
    ...(more > 0 ? { moreFiles: `and ${formatCount(more, "more file")}` } : {}),
  };
}

/** What else was sent, and is not to be had. */
const withheldOf = ({ withheld }: MailedTransfer): string[] =>
  withheld > 0
    ? [
        `${formatCount(withheld, "more file")} can't be downloaded: ${standInWords("blocked")}, or ${standInWords("failed")} when checked.`,
      ]
    : [];

const recipientFooter = (transfer: MailedTransfer): string[] => [
  `${nameOfSender(transfer)} of ${nameInWords(transfer.workspaceName)} sent this with Dormouse, from their own cloud account. The link is yours alone: downloads through it are shown to the sender as yours.`,
  `If you expected nothing from them, do not open it. ${NO_TRACKING}`,
];

/** "X sent you files": to each recipient, once all is there and checked. */
export function filesForYou(transfer: MailedTransfer, to: { name?: string | undefined; url: string }): MailContent {
  const sender = nameOfSender(transfer);
  return {
    subject: `${sender} sent you files: ${transfer.name}`,
    preview: `${wholeOf(transfer)}, until ${momentInWords(transfer.expiresAt)}`,
    heading: titleOf(transfer),
    paragraphs: [
      `${to.name ? `Hello ${nameInWords(to.name)}, ` : ""}${sender} sent you ${wholeOf(transfer)}. You can download ${transfer.fileCount === 1 ? "it" : "them"} until ${momentInWords(transfer.expiresAt)}.`,
      ...withheldOf(transfer),
    ],
    ...(transfer.message.trim() ? { quote: transfer.message.trim() } : {}),
    ...filesOf(transfer),
    button: { label: "See the files", url: to.url },
    footer: recipientFooter(transfer),
  };
}

/** "Expires in 24 hours": to recipients who have not downloaded. */
export function endsSoon(transfer: MailedTransfer, to: { name?: string | undefined; url: string }): MailContent {
  const sender = nameOfSender(transfer);
  const until = momentInWords(transfer.expiresAt);
  return {
    subject: `Expires in 24 hours: ${transfer.name}`,
    preview: `You have not downloaded them yet. They can be had until ${until}.`,
    heading: "These files expire in 24 hours",
    paragraphs: [
      `${to.name ? `Hello ${nameInWords(to.name)}, ` : ""}${sender} sent you ${wholeOf(transfer)}, and you have not downloaded ${transfer.fileCount === 1 ? "it" : "them"} yet. On ${until} the link closes and the files are deleted.`,
    ],
    ...filesOf(transfer),
    button: { label: "See the files", url: to.url },
    footer: recipientFooter(transfer),
  };
}

const senderFooter = [
  `You get this because you asked Dormouse to tell you at this address. Change that in your settings. ${NO_TRACKING}`,
];
const toTransfer = (url: string) => ({ label: "Open the transfer", url });

/** The same warning to the sender, who can extend it; `missing` are those who have not downloaded. */
export function endsSoonForSender(transfer: MailedTransfer, facts: { missing: string[]; url: string }): MailContent {
  const { missing } = facts;
  const named = missing.slice(0, NAMED_FILES).map((name) => nameInWords(name));
  const rest = missing.length - named.length;
  const who = [...named, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
  return {
    subject: `Expires in 24 hours: ${titleOf(transfer)}`,
    preview: missing.length === 0 ? "Everyone has downloaded." : `Not downloaded yet: ${who}`,
    heading: `${titleOf(transfer)} expires in 24 hours`,
    paragraphs: [
      `On ${momentInWords(transfer.expiresAt)} its links close and its ${formatCount(transfer.fileCount, "file")} are deleted. You can extend it until then.`,
      missing.length === 0 ? "Every recipient has downloaded from it." : `Not downloaded yet: ${who}.`,
    ],
    button: toTransfer(facts.url),
    footer: senderFooter,
  };
}

/** "Ana downloaded your files": to the sender, of each recipient's first download. */
export function wasDownloaded(transfer: MailedTransfer, facts: { who: string; at: string; url: string }): MailContent {
  const who = nameInWords(facts.who);
  return {
    subject: `${headerText(facts.who, 80)} downloaded your files`,
    preview: `${titleOf(transfer)}, ${momentInWords(facts.at)}`,
    heading: `${who} downloaded your files`,
    paragraphs: [
      `${who} began to download from ${titleOf(transfer)} on ${momentInWords(facts.at)}. This is told once for each recipient; the transfer's page shows how much they have.`,
    ],
    button: toTransfer(facts.url),
    footer: senderFooter,
  };
}

/** "Could not be delivered": to the sender, with the reason in a sentence. */
export function notDelivered(
  transfer: MailedTransfer,
  facts: { email: string; problem: string; url: string },
): MailContent {
  return {
    subject: `Could not be delivered to ${headerText(facts.email, 100)}`,
    preview: facts.problem,
    heading: "A mail could not be delivered",
    paragraphs: [
      `The mail that tells ${facts.email} about ${titleOf(transfer)} could not be delivered. ${facts.problem}`,
      "Check the address, add the right one as another recipient, or copy the personal link and send it in another way.",
    ],
    button: toTransfer(facts.url),
    footer: senderFooter,
  };
}
