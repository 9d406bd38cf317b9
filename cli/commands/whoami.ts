import type { Caller } from "#lib/api-client/client.ts";
import type { Site } from "../config.ts";
import { answer, type Program, paint, plain } from "../program.ts";
import { signedIn } from "../site.ts";

export async function run(program: Program): Promise<void> {
  const { site, client } = await signedIn(program);
  const caller = await client.getCaller();
  answer(program, { site: site.origin, ...caller }, () => callerLines(program, site, caller));
}

export const callerLines = (program: Program, { origin }: Site, { name, role, scopes }: Caller): string[] => [
  `${paint(program, "bold", plain(name))}, ${role}, at ${origin}`,
  `The key may: ${scopes.join(", ")}`,
];
