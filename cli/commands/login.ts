import { text as readAll } from "node:stream/consumers";
import { keepSignIn } from "../config.ts";
import { fetchKey } from "../device-flow.ts";
import { SignedOut } from "../errors.ts";
import { answer, type Program } from "../program.ts";
import { clientOf, currentSite, discover, originOf } from "../site.ts";
import type { Given } from "../table.ts";
import { callerLines } from "./whoami.ts";

export async function run(program: Program, { arguments: [typed], options }: Given<"login">): Promise<void> {
  const site = typed ? await discover(program, originOf(typed)) : await currentSite(program);
  const key = options.key === undefined ? await fetchKey(program, site.origin) : await givenKey(program, options.key);
  const caller = await clientOf(program, site, key).getCaller();
  await keepSignIn(program.env, site, key);
  answer(program, { site: site.origin, ...caller }, () => callerLines(program, site, caller));
}

async function givenKey(program: Program, given: string): Promise<string> {
  const key = given === "-" ? (await readAll(program.stdin)).trim() : given;
  if (!key.startsWith("dormouse_")) throw new SignedOut("This is no key: keys begin with dormouse_.");
  return key;
}
