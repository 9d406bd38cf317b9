import type { File } from "#lib/api-client/client.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import { answer, type Program, paint, plain } from "../program.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";
import { columns, localTime } from "../table-text.ts";

export async function run(program: Program, { arguments: [id = ""] }: Given<"show">): Promise<void> {
  const { client } = await signedIn(program);
  const transfer = await client.getTransfer({ id });
  const files: File[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listFiles({ id, cursor });
    files.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  answer(program, { ...transfer, files }, () => [
    paint(program, "bold", plain(transfer.name)),
    `${transfer.status}, ${formatCount(transfer.fileCount, "file")}, ${formatBytes(transfer.bytes)}, ends ${localTime(transfer.expiresAt)}`,
    transfer.link,
    ...(transfer.message ? ["", plain(transfer.message)] : []),
    "",
    ...columns(files.map(({ path, size, state, notice }) => [state, formatBytes(size), withNotice(path, notice)])),
  ]);
}

const withNotice = (path: string, notice: string | undefined): string =>
  notice ? `${plain(path)} (${plain(notice)})` : plain(path);
