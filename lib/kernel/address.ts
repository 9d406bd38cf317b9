import { oneLine, withoutUnseen } from "./safe-text.ts";

/** Who is written to: read in the browser while it is typed, and on the server again. */
export type Recipient = { email: string; name?: string | undefined };

/** What people of a transfer are at most: more are a mailing list's matter. */
export const MAX_RECIPIENTS = 50;
/** In characters: of a whole address by RFC 5321, of what is before the @, and of a name. */
const MAX_ADDRESS = 254;
const MAX_LOCAL = 64;
const MAX_NAME = 100;
/** What is longer is not looked at. */
const MAX_LENGTH = 2000;

const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Control characters, but for those that are spaces or end a line. */
const CONTROL = /(?![\s\u0085])\p{Cc}/gu;
/** Joiners are unseen too, but in the middle of a word of some scripts they make another word of it. */
const LOOSE_JOINER = /(?<![^\u0000-\u007f])[\u200c\u200d]|[\u200c\u200d](?![^\u0000-\u007f])/gu;
const JOINER = /^\p{Join_Control}$/u;
/** Keyboards for East Asian scripts give wide forms of ASCII. */
const WIDE = /[\uff01-\uff5e]/g;
/** What people put around an address, or leave at its end when they copy it. */
const AROUND = /^[\s'"‘’‚‛“”„«»‹›`´<([]+|[\s'"‘’‚‛“”„«»‹›`´>)\].,;:]+$/g;

/** Takes away what nobody sees of an address. */
const seen = (text: string): string =>
  withoutUnseen(text.replace(LOOSE_JOINER, ""), JOINER)
    .replace(CONTROL, "")
    .replace(WIDE, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0));

/** An address as it is written to, or what is wrong with it in a sentence. The domain is in ASCII and lower case. */
export function readAddress(text: string): { email: string } | { problem: string } {
  if (text.length > MAX_LENGTH) return { problem: `“${text.slice(0, 79)}…” is longer than an address can be.` };
  const given = seen(text)
    .trim()
    .replace(/^mailto:/i, "");
  const bare = given.replace(AROUND, "");
  const at = bare.lastIndexOf("@");
  const shown = given.length > 80 ? `${given.slice(0, 79)}…` : given;
  if (at < 1 || at === bare.length - 1) return { problem: `“${shown}” is not an e-mail address.` };
  const local = bare.slice(0, at);
  if (/\s/.test(bare)) return { problem: `“${shown}” is not an e-mail address: there is a space in it.` };
  if (local.includes("@")) return { problem: `“${shown}” is not an e-mail address: it has more than one @.` };
  const domain = toAscii(bare.slice(at + 1));
  if (!domain)
    return { problem: `“${shown}” is not an e-mail address: what follows the @ is no domain, such as example.org.` };
  if (/[^\u0000-\u007f]/.test(local))
    return { problem: `“${shown}” has letters before the @ that mail services do not deliver to.` };
  if (!LOCAL.test(local))
    return { problem: `“${shown}” is not an e-mail address: what is before the @ can't be written like this.` };
  const email = `${local}@${domain}`;
  if (local.length > MAX_LOCAL)
    return { problem: `“${shown}” is longer than an address can be: at most ${MAX_LOCAL} characters before the @.` };
  if (email.length > MAX_ADDRESS)
    return { problem: `“${shown}” is longer than an address can be: at most ${MAX_ADDRESS} characters.` };
  return { email };
}

/** A domain as DNS has it (`bücher.example` becomes `xn--bcher-kva.example`); undefined when it is none. */
function toAscii(domain: string): string | undefined {
  if (/[\s@/\\?#:%[\]]/.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const { hostname } = new URL(`http://${domain}`);
  return DOMAIN.test(hostname) ? hostname : undefined;
}

/** What two addresses have in common that reach the same person. */
export const sameAddress = (email: string): string => email.toLowerCase();

/** A name as it can be shown in a line. */
export function speakableName(name: string): string {
  return [...oneLine(name)].slice(0, MAX_NAME).join("");
}

/** Several people of one address are one; the first name that was given stays. */
export function withoutDuplicates(recipients: readonly Recipient[]): Recipient[] {
  const kept = new Map<string, Recipient>();
  for (const one of recipients) {
    const key = sameAddress(one.email);
    const before = kept.get(key);
    if (!before) kept.set(key, one);
    else if (!before.name && one.name) kept.set(key, { ...before, name: one.name });
  }
  return [...kept.values()];
}
