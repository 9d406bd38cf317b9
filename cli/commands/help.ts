import { generalHelp, helpOf } from "../help.ts";
import { UsageError } from "../parse.ts";
import type { Program } from "../program.ts";
import { type Given, isCommand } from "../table.ts";

export async function run(program: Program, { arguments: [name] }: Given<"help">): Promise<void> {
  if (name !== undefined && !isCommand(name)) throw new UsageError(`There is no command “${name}”.`);
  program.stdout.write(name === undefined ? generalHelp() : helpOf(name));
}
