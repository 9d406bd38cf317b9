import { readAddress } from "#lib/kernel/address.ts";

/** A stretch of a message; `href` where it can be followed, `goesTo` where what is written does not show its host. */
export type MessagePiece = { text: string; href?: string; goesTo?: string };

/** Ends at spaces, brackets, quotes and whatever is not seen or changes the reading direction. */
const LINK =
  /(?<![\p{L}\p{N}@/.:_-])(?:https?:\/\/|mailto:|www\.)[^\s\p{Default_Ignorable_Code_Point}\p{Cc}<>"`“”„«»‘’。、，！？；：「」『』（）【】《》]+/giu;
const MAX_LENGTH = 2000;

/** Finds what can be followed in a person's words: http, https and mailto alone, each shown in full. */
export function findLinks(text: string): MessagePiece[] {
  const pieces: MessagePiece[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const written = withoutEnd(found);
    const link = /^mailto:/i.test(written) ? readMailto(written) : readUrl(written);
    if (!link) continue;
    if (index > from) pieces.push({ text: text.slice(from, index) });
    pieces.push({ text: written, ...link });
    from = index + written.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Punctuation at the end belongs to the sentence, and so does a bracket that was opened before the link. */
function withoutEnd(found: string): string {
  let text = found;
  for (;;) {
    const last = text.at(-1) ?? "";
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const unopened = opening !== undefined && count(text, last) > count(text, opening);
    if (!unopened && !/[.,:;!?'*_~…|]/.test(last)) return text;
    text = text.slice(0, -1);
  }
}

const count = (text: string, char: string): number => text.split(char).length - 1;

type Target = { href: string; goesTo?: string };

function readUrl(written: string): Target | undefined {
  const full = /^www\./i.test(written) ? `https://${written}` : written;
  if (full.length > MAX_LENGTH || !URL.canParse(full)) return undefined;
  const { protocol, username, password, hostname, href } = new URL(full);
  // What stands before an @ looks like the host and is none.
  if (!/^https?:$/.test(protocol) || username || password || /^[^/]*\/\/[^/?#]*[@\\]/.test(full)) return undefined;
  const [, host = ""] = /^\w+:\/\/([^/?#:]*)/.exec(full) ?? [];
  if (!hostname.includes(".") && hostname !== "localhost" && !hostname.startsWith("[")) return undefined;
  const plain = host.toLowerCase() === hostname || hostname.startsWith("[");
  return { href, ...(plain ? {} : { goesTo: hostname }) };
}

/** The address alone: what else a mailto could bring along, copies and contents, nobody sees before it is there. */
function readMailto(written: string): Target | undefined {
  const [, address = ""] = /^mailto:([^?]*)/i.exec(written) ?? [];
  const read = readAddress(address);
  if ("problem" in read) return undefined;
  const [, domain = ""] = read.email.split(/@(?=[^@]*$)/);
  const plain = address.toLowerCase().endsWith(`@${domain}`);
  return { href: `mailto:${encodeURIComponent(read.email).replace("%40", "@")}`, ...(plain ? {} : { goesTo: domain }) };
}
