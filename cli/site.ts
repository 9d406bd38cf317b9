/** Which Dormouse is called, and with what key. */
import { type Client, createClient } from "#lib/api-client/client.ts";
import { readKey, readSite, type Site } from "./config.ts";
import { SignedOut } from "./errors.ts";
import { UsageError } from "./parse.ts";
import type { Program } from "./program.ts";
import { reach } from "./reach.ts";

const DISCOVERY = "/.well-known/dormouse";

/** The origin of what a person has typed: without a scheme it is HTTPS. Throws UsageError. */
export function originOf(typed: string): string {
  const url = URL.parse(/^https?:\/\//i.test(typed) ? typed : `https://${typed}`);
  if (!url) throw new UsageError(`“${typed}” is no address of a site.`);
  requireSafe(url);
  return url.origin;
}

/** A key never travels in the clear, except to this machine. Throws UsageError. */
export function requireSafe({ protocol, hostname }: URL): void {
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isHere))
    throw new UsageError(`${protocol}//${hostname} is not safe: the key would travel in the clear. Use https.`);
}

/** Asks a site where its API is. Throws Unreached, UsageError. */
export async function discover(program: Program, origin: string): Promise<Site> {
  const response = await reach(`${origin}${DISCOVERY}`, {
    signal: program.signal,
    headers: { accept: "application/json" },
  });
  const answer: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  const api = typeof answer === "object" && answer !== null && "api" in answer ? answer.api : undefined;
  const url = typeof api === "string" ? URL.parse(api) : undefined;
  if (!url) throw new UsageError(`There is no Dormouse at ${origin}.`);
  requireSafe(url);
  return { origin, api: url.href.replace(/\/+$/, "") };
}

/** The site by the environment, else the one that was signed in to. Throws SignedOut. */
export async function currentSite(program: Program): Promise<Site> {
  const { DORMOUSE_URL: url } = program.env;
  const kept = await readSite(program.env);
  if (!url) {
    if (!kept) throw new SignedOut("Sign in first: dormouse login https://files.example.com");
    return kept;
  }
  const origin = originOf(url);
  return kept?.origin === origin ? kept : discover(program, origin);
}

/** Site and key of this call. Throws SignedOut. */
export async function signedIn(program: Program): Promise<{ site: Site; key: string; client: Client }> {
  const site = await currentSite(program);
  const key = program.env["DORMOUSE_KEY"] || (await readKey(program.env, site.origin));
  if (!key) throw new SignedOut(`Sign in first: dormouse login ${site.origin}`);
  return { site, key, client: clientOf(program, site, key) };
}

export const clientOf = ({ signal }: Program, { api }: Site, key: string): Client =>
  createClient({ url: api, key, signal, fetch: reach });
