/** The input of SendEmail (SES API, version 2), checked as strictly as by SES. */
import { ServiceError } from "../../core/aws-service.ts";

export type Message = {
  id: string;
  /** ISO 8601. */
  at: string;
  from: string;
  to: string[];
  replyTo: string[];
  subject: string;
  text: string;
  html: string;
  headers: { name: string; value: string }[];
  tags: Record<string, string>;
  configurationSet: string;
};

/** "To, Cc and Bcc together: 50", "10 MB", as in the quotas of SES. */
const MAX_RECIPIENTS = 50;
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_TAG = 256;

type Input = Record<string, unknown>;

/** Throws BadRequestException with SES's sentences. */
export function readMessage(input: Input, id: string, at: string): Message {
  const destination = object(input["Destination"] ?? {}, "Destination");
  const to = [
    ...list(destination, "ToAddresses"),
    ...list(destination, "CcAddresses"),
    ...list(destination, "BccAddresses"),
  ];
  if (to.length === 0) throw bad("Missing required header 'To'.");
  if (to.length > MAX_RECIPIENTS) throw bad(`Recipient count exceeds ${MAX_RECIPIENTS}.`);
  const simple = object(object(input["Content"], "Content")["Simple"], "Content.Simple");
  const body = object(simple["Body"], "Body");
  const message: Message = {
    id,
    at,
    from: mailbox(text(input["FromEmailAddress"], "FromEmailAddress")),
    to: to.map(mailbox),
    replyTo: list(input, "ReplyToAddresses").map(mailbox),
    subject: line(data(simple["Subject"], "Subject"), "Subject"),
    text: body["Text"] === undefined ? "" : data(body["Text"], "Text"),
    html: body["Html"] === undefined ? "" : data(body["Html"], "Html"),
    headers: objects(simple, "Headers").map((one) => ({
      name: headerName(text(one["Name"], "Header name")),
      value: line(text(one["Value"], "Header value"), "Header value"),
    })),
    tags: Object.fromEntries(objects(input, "EmailTags").map((one) => [tag(one["Name"]), tag(one["Value"])])),
    configurationSet:
      input["ConfigurationSetName"] === undefined ? "" : text(input["ConfigurationSetName"], "ConfigurationSetName"),
  };
  if (message.text === "" && message.html === "") throw bad("The message has no body.");
  if (Buffer.byteLength(message.text) + Buffer.byteLength(message.html) > MAX_BYTES)
    throw bad("Message length is more than 10485760 bytes long.");
  return message;
}

/** The address in `Name <address>`, or the address itself. */
export const addressIn = (mailbox: string): string => /<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox;

/** `=?UTF-8?B?…?=` decoded. */
export const decodeWords = (header: string): string =>
  header
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, encoded: string) => Buffer.from(encoded, "base64").toString());

const bad = (message: string): ServiceError => new ServiceError("BadRequestException", message);

function mailbox(given: string): string {
  line(given, "Address");
  if (/[^\u0020-\u007e]/.test(given)) throw bad("Local address contains control or whitespace, or is not ASCII.");
  if (!/^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)*$/.test(addressIn(given))) throw bad(`Illegal address: ${given}`);
  return given;
}

function line(value: string, what: string): string {
  if (/[\r\n\0]/.test(value)) throw bad(`${what} contains a control character.`);
  return value;
}

function headerName(value: string): string {
  if (!/^[\u0021-\u0039\u003b-\u007e]{1,126}$/.test(value)) throw bad(`Invalid header name: ${value}`);
  return value;
}

function tag(value: unknown): string {
  const given = text(value, "EmailTags");
  if (!/^[\w-]+$/.test(given) || given.length > MAX_TAG) throw bad(`Invalid tag: ${given}`);
  return given;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw bad(`${what} is missing.`);
  return value;
}

const data = (value: unknown, what: string): string => text(object(value, what)["Data"], what);

function object(value: unknown, what: string): Input {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(`${what} is missing.`);
  return value as Input;
}

function list(of: Input, name: string): string[] {
  const value = of[name] ?? [];
  if (!Array.isArray(value)) throw bad(`${name} is no list.`);
  return value.map((one) => text(one, name));
}

function objects(of: Input, name: string): Input[] {
  const value = of[name] ?? [];
  if (!Array.isArray(value)) throw bad(`${name} is no list.`);
  return value.map((one) => object(one, name));
}
