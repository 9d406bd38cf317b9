import { count, UsageError } from "../parse.ts";
import { answer, type Program, plain } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";
import { localTime } from "../table-text.ts";

export async function run(program: Program, { arguments: [id = ""], options }: Given<"extend">): Promise<void> {
  if (!options.days) throw new UsageError("“extend” needs --days.", "extend");
  const expiryDays = count(options.days, "days", "extend");
  const { client } = await signedIn(program);
  const transfer = await client.extendTransfer({ id, expiryDays });
  answer(program, transfer, () => `“${plain(transfer.name)}” ends ${localTime(transfer.expiresAt)}.`);
}
