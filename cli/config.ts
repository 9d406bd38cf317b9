/** What is kept of a sign-in: the site, where its API is, and the key, which nobody else may read. */
import { mkdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { writeAtomically } from "./platform/write-atomically.ts";

/** `origin` is the site's, `https://files.example.com`; `api` where its API is reached. */
export type Site = { origin: string; api: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a person can mend at this machine. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** As the XDG Base Directory Specification has it; on Windows below `%APPDATA%`. */
export function configFolder(env: Environment): string {
  const { XDG_CONFIG_HOME: config = "", APPDATA: roaming = "" } = env;
  if (isAbsolute(config)) return join(config, "dormouse");
  if (process.platform === "win32" && isAbsolute(roaming)) return join(roaming, "dormouse");
  return join(env["HOME"] ?? homedir(), ".config", "dormouse");
}

const CONFIG = "config.json";
const CREDENTIALS = "credentials.json";

/** The site that was signed in to last. Throws ConfigError for a file that can't be read. */
export async function readSite(env: Environment): Promise<Site | undefined> {
  const { site, api } = await readJson(join(configFolder(env), CONFIG));
  return site && api ? { origin: site, api } : undefined;
}

/** The kept key of a site. Throws ConfigError when others can read the file. */
export async function readKey(env: Environment, origin: string): Promise<string | undefined> {
  const file = join(configFolder(env), CREDENTIALS);
  await requirePrivate(file);
  return (await readJson(file))[origin];
}

/** Keeps a sign-in: the folder and the key are this user's alone. */
export async function keepSignIn(env: Environment, { origin, api }: Site, key: string): Promise<void> {
  const folder = configFolder(env);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = await readJson(join(folder, CREDENTIALS));
  await writeAtomically(join(folder, CREDENTIALS), textOf({ ...keys, [origin]: key }));
  await writeAtomically(join(folder, CONFIG), textOf({ site: origin, api }));
}

/** Forgets the key of a site; answers whether there was one. */
export async function forgetKey(env: Environment, origin: string): Promise<boolean> {
  const file = join(configFolder(env), CREDENTIALS);
  const { [origin]: known, ...others } = await readJson(file);
  if (known !== undefined) await writeAtomically(file, textOf(others));
  return known !== undefined;
}

const textOf = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

async function requirePrivate(file: string): Promise<void> {
  if (process.platform === "win32") return;
  const found = await stat(file).catch(() => undefined);
  if (found && (found.mode & 0o077) !== 0)
    throw new ConfigError(`Others can read ${file}, in which your key is. Run: chmod 600 '${file}'`);
}

/** An object of texts; an empty one where the file is missing. */
async function readJson(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw new ConfigError(`${file} can't be read: ${error.message}`);
  });
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null && Object.values(read).every((one) => typeof one === "string"))
      return read as Record<string, string>;
  } catch {
    // The sentence below says the same of every text that is none of ours.
  }
  throw new ConfigError(`${file} is damaged: mend it, or remove it and sign in again.`);
}
