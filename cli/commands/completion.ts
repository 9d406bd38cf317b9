import { completionOf, isShell, SHELLS } from "../completion.ts";
import { UsageError } from "../parse.ts";
import { answer, type Program } from "../program.ts";
import type { Given } from "../table.ts";

export async function run(program: Program, { arguments: [shell = ""] }: Given<"completion">): Promise<void> {
  if (!isShell(shell)) throw new UsageError(`“${shell}” is none of ${SHELLS.join(", ")}.`, "completion");
  const script = completionOf(shell);
  answer(program, { shell, script }, () => script.trimEnd());
}
