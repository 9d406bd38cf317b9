/** Who is written to: read in the browser while it is typed, and on the server again. */
export type Recipient = { email: string; name?: string | undefined };

/** What people of a transfer are at most: more are a mailing list's matter. */
export const MAX_RECIPIENTS = 50;
/** In characters: of a whole address by RFC 5321, of what is before the @, and of a name. */
const MAX_ADDRESS = 254;
const MAX_LOCAL = 64;
const MAX_NAME = 100;

const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** An address as it is written to, or what is wrong with it in a sentence. The domain is in ASCII and lower case. */
export function readAddress(text: string): { email: string } | { problem: string } {
  const given = text.trim();
  const at = given.lastIndexOf("@");
  const shown = given.length > 80 ? `${given.slice(0, 79)}…` : given;
  if (at < 1 || at === given.length - 1) return { problem: `“${shown}” is not an e-mail address.` };
  const local = given.slice(0, at);
  const domain = toAscii(given.slice(at + 1));
  if (!domain) return { problem: `“${shown}” is not an e-mail address: what follows the @ is no domain.` };
  if (/[^\u0000-\u007f]/.test(local))
    return { problem: `“${shown}” has letters before the @ that mail services do not deliver to.` };
  if (!LOCAL.test(local)) return { problem: `“${shown}” is not an e-mail address.` };
  const email = `${local}@${domain}`;
  if (local.length > MAX_LOCAL || email.length > MAX_ADDRESS)
    return { problem: `“${shown}” is longer than an address can be.` };
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

/** Control characters and marks that turn the reading direction around have no place in a name. */
const UNSPEAKABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A name as it can be shown in a line. */
export const speakableName = (name: string): string =>
  name.replace(UNSPEAKABLE, " ").replace(/\s+/g, " ").trim().slice(0, MAX_NAME);

export type AddressList = {
  recipients: Recipient[];
  /** What could not be read, each with a sentence. */
  refused: { text: string; problem: string }[];
};

/** Reads what people paste: `Ana <ana@example.org>, bob@example.org; …`, a line each, or only spaces in between. */
export function parseAddressList(text: string): AddressList {
  const list: AddressList = { recipients: [], refused: [] };
  for (const piece of splitList(text)) {
    const [, name = "", bracketed] = /^(.*?)<([^<>]*)>$/s.exec(piece) ?? [];
    const read = readAddress((bracketed ?? piece).replace(/^mailto:/i, ""));
    if ("problem" in read) list.refused.push({ text: piece, problem: read.problem });
    else {
      const spoken = speakableName(name.trim().replace(/^"(.*)"$/s, "$1"));
      list.recipients.push({ email: read.email, ...(spoken ? { name: spoken } : {}) });
    }
  }
  return list;
}

/** Commas, semicolons and line breaks separate, but not inside quotes or angle brackets. */
function splitList(text: string): string[] {
  const pieces = text.match(/(?:"[^"\n]*"|<[^<>\n]*>|[^,;\n"<]|["<])+/g) ?? [];
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")
    .flatMap((piece) => (!/[<>"]/.test(piece) && (piece.match(/@/g)?.length ?? 0) > 1 ? piece.split(/\s+/) : [piece]));
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
