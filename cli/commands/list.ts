import type { Transfer } from "#lib/api-client/client.ts";
import { formatBytes } from "#lib/kernel/format.ts";
import { count } from "../parse.ts";
import { answer, type Program, paint, plain } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";
import { columns, localTime } from "../table-text.ts";

const LIMIT = 50;

export async function run(program: Program, { options }: Given<"list">): Promise<void> {
  const limit = options.limit ? count(options.limit, "limit", "list") : LIMIT;
  const { client } = await signedIn(program);
  const transfers: Transfer[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTransfers({
      ...(options.everyone ? { everyone: "true" } : {}),
      ...(options.trash ? { trash: "true" } : {}),
      cursor,
    });
    transfers.push(...page.items);
    cursor = page.cursor;
  } while (cursor && transfers.length < limit);
  const shown = transfers.slice(0, limit);
  answer(program, shown, () => {
    if (shown.length === 0) return "There are none.";
    const [head = "", ...rows] = columns([
      ["ID", "STATUS", "SIZE", "ENDS", "NAME"],
      ...shown.map((one) => [one.id, one.status, formatBytes(one.bytes), localTime(one.expiresAt), plain(one.name)]),
    ]);
    return [paint(program, "dim", head), ...rows];
  });
}
