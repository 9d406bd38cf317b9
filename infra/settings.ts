/** What the owner of a deployment may choose, by environment variables of the deploying shell. Nothing here is needed. */

export type Settings = {
  /** `files.example.com`, in a Route 53 zone of the account; without one, the site has CloudFront's own domain. */
  domain: string | undefined;
  /** `api.example.com`, in such a zone as well; without one, the program interface has API Gateway's own domain. */
  apiDomain: string | undefined;
  /** Who is told of alarms and of the budget; AWS asks for a confirmation by mail. */
  alarmEmail: string | undefined;
  /** Whose mail recipients get; AWS asks the address for a confirmation. Without it, no mail is sent. */
  mailFrom: string | undefined;
  /** US dollars a month of the whole account's bill, from which on the owner is told; undefined where nobody is. */
  monthlyBudget: number | undefined;
  /** Reserved concurrency of the web function: the most that a flood of requests can start. */
  maxInstances: number;
  /** Whether functions reserve their concurrency; in a small account there is too little to set aside. */
  reserve: boolean;
  /** Origins whose pages may call the program interface from a browser; none where nothing is said. */
  apiOrigins: string[];
  /** Days after which the bucket itself deletes what every other way of forgetting has missed. */
  maxRetentionDays: number;
};

/** What a person can mend; the message names the variable. */
export class SettingError extends Error {}

/** The longest expiry that a sender may choose: files are there for as long. */
const MAX_EXPIRY_DAYS = 90;

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What SES takes as an identity, and a policy as a sender: no name, no brackets, no letters beyond ASCII. */
const SENDER = /^(?=.{6,254}$)[\w.+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** As a browser says it: over TLS, or on the machine of someone who develops. */
const ORIGIN = /^(https:\/\/([a-z0-9-]+\.)+[a-z]{2,63}|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?$/;

type Variables = Record<string, string | undefined>;

/** Throws SettingError for a value that AWS would refuse in the middle of a deployment. */
export function readSettings(env: Variables = process.env): Settings {
  return {
    domain: text(env, "DORMOUSE_DOMAIN", DOMAIN, "a domain in small letters, such as files.example.com"),
    apiDomain: text(env, "DORMOUSE_API_DOMAIN", DOMAIN, "a domain in small letters, such as api.example.com"),
    alarmEmail: text(env, "DORMOUSE_ALARM_EMAIL", EMAIL, "an e-mail address"),
    mailFrom: text(env, "DORMOUSE_MAIL_FROM", SENDER, "the bare e-mail address that mail comes from"),
    monthlyBudget:
      env["DORMOUSE_BUDGET_USD"] === "none"
        ? undefined
        : wholeNumber(env, "DORMOUSE_BUDGET_USD", { usual: 20, from: 1, to: 1_000_000 }),
    maxInstances: wholeNumber(env, "DORMOUSE_MAX_INSTANCES", { usual: 100, from: 1, to: 10_000 }),
    reserve: env["DORMOUSE_RESERVE"] !== "no",
    apiOrigins: origins(env, "DORMOUSE_API_ORIGINS"),
    maxRetentionDays: wholeNumber(env, "DORMOUSE_MAX_DAYS", { usual: 400, from: MAX_EXPIRY_DAYS, to: 36_500 }),
  };
}

function text(env: Variables, name: string, pattern: RegExp, what: string): string | undefined {
  const value = env[name];
  if (!value) return undefined;
  if (!pattern.test(value)) throw new SettingError(`${name} is ${what}, not "${value}".`);
  return value;
}

/** Separated by spaces. */
function origins(env: Variables, name: string): string[] {
  const all = (env[name] ?? "").split(/\s+/).filter(Boolean);
  const wrong = all.find((one) => !ORIGIN.test(one));
  if (wrong)
    throw new SettingError(`${name} are origins such as https://app.example.com, with spaces between, not "${wrong}".`);
  return all;
}

function wholeNumber(env: Variables, name: string, bounds: { usual: number; from: number; to: number }): number {
  const { usual, from, to } = bounds;
  const value = Number(env[name] || usual);
  if (!Number.isInteger(value) || value < from || value > to)
    throw new SettingError(`${name} is a whole number from ${from} to ${to}, not "${env[name]}".`);
  return value;
}
