import { answer, type Program, plain } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";

export async function run(program: Program, { arguments: [id = ""] }: Given<"restore">): Promise<void> {
  const { client } = await signedIn(program);
  const transfer = await client.restoreTransfer({ id });
  answer(program, transfer, () => `“${plain(transfer.name)}” is out of the trash: ${transfer.status}.`);
}
