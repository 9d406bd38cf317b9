import { answer, type Program, plain } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";
import { localTime } from "../table-text.ts";

export async function run(program: Program, { arguments: [id = ""] }: Given<"delete">): Promise<void> {
  const { client } = await signedIn(program);
  const transfer = await client.deleteTransfer({ id });
  answer(program, transfer, () => {
    const until = transfer.restorableUntil;
    return `“${plain(transfer.name)}” is closed${until ? `; it can be restored until ${localTime(until)}` : ""}.`;
  });
}
