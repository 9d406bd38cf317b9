/** One signed call to a service of which nothing else is needed, so that no client of it has to be installed. */
import { createHash, createHmac } from "node:crypto";

export type Caller = {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

export type Call = {
  service: string;
  /** The end of the variable that names another endpoint, as the SDK has it. */
  variable: string;
  /** Where it is not the region's own. */
  host?: string;
  /** Of the JSON protocol; without it, `input` is a form. */
  target?: string;
  input: object | string;
};

export type Answered = { status: number; body: unknown };

const TIMEOUT_MS = 10_000;

/** Answers what came, refusals included: JSON where the protocol is, else text. Status 0 when nobody answered. */
export async function callAws({ region, credentials }: Caller, call: Call): Promise<Answered> {
  const { service, variable, host = `${service}.${region}.amazonaws.com`, target, input } = call;
  const given = process.env[`AWS_ENDPOINT_URL_${variable}`] ?? process.env["AWS_ENDPOINT_URL"];
  const url = new URL(given ?? `https://${host}`);
  const body = typeof input === "string" ? input : JSON.stringify(input);
  const headers = sign(
    url,
    body,
    { region, credentials, service },
    {
      "content-type": target ? "application/x-amz-json-1.1" : "application/x-www-form-urlencoded; charset=utf-8",
      ...(target ? { "x-amz-target": target } : {}),
    },
  );
  try {
    const answer = await fetch(new URL("/", url), {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: target ? parse(text) : text };
  } catch {
    // What nobody answers is not known, and no reason to refuse a deployment.
    return { status: 0, body: target ? {} : "" };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Signature Version 4 of a POST to `/` ("Create a signed AWS API request" in the IAM guide): all headers to send. */
function sign(
  url: URL,
  body: string,
  { region, credentials, service }: Caller & { service: string },
  given: Record<string, string>,
): Record<string, string> {
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const headers: Record<string, string> = {
    ...given,
    host: url.host,
    "x-amz-date": time,
    ...(credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {}),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n")).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}
