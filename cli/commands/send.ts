import { setTimeout as delay } from "node:timers/promises";
import type { Client, Transfer } from "#lib/api-client/client.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import { count } from "../parse.ts";
import { answer, note, type Program, plain } from "../program.ts";
import { progressLine } from "../progress.ts";
import { signedIn } from "../site.ts";
import type { Given } from "../table.ts";
import { sendPaths } from "../upload/send-paths.ts";

/** Seconds between two looks at what is being checked. */
const POLL_SECONDS = 2;

export async function run(program: Program, { arguments: paths, options }: Given<"send">): Promise<void> {
  const expiryDays = options.expires ? count(options.expires, "expires", "send") : undefined;
  const downloadLimit = options.limit ? count(options.limit, "limit", "send") : undefined;
  const { site, key, client } = await signedIn(program);
  const line = progressLine(program);
  try {
    const sent = await sendPaths({
      paths,
      stdin: program.stdin,
      ...(options.name ? { stdinName: options.name } : {}),
      details: {
        title: options.title ?? "",
        message: options.message ?? "",
        recipients: (options.to ?? []).map((email) => ({ email })),
        ...(expiryDays === undefined ? {} : { expiryDays }),
        ...(downloadLimit === undefined ? {} : { downloadLimit }),
      },
      apiUrl: site.api,
      headers: () => ({ authorization: `Bearer ${key}` }),
      signal: program.signal,
      onSkipped: (skipped) => {
        for (const { path, message } of skipped) note(program, `Not sent: ${plain(path)}. ${message}`);
      },
      onProgress: ({ bytesSent, bytesTotal, speed, secondsLeft, state, problem }) =>
        line.show({ done: bytesSent, total: bytesTotal, speed, secondsLeft, about: problem?.message ?? state }),
    });
    line.end();
    const transfer = options.wait ? await whenChecked(program, client, sent.transfer.id) : sent.transfer;
    const link = new URL(transfer.link, site.origin).href;
    if (!program.json)
      note(program, `Sent ${formatCount(sent.files, "file")}, ${formatBytes(sent.bytes)}: ${transfer.id}`);
    const { id, title, expiresAt } = transfer;
    const { files, bytes, resumed, skipped } = sent;
    answer(program, { id, title, link, expiresAt, files, bytes, resumed, skipped }, () => link);
  } finally {
    line.end();
  }
}

/** Waits until nothing is being checked any more. Throws FilesBlocked when a file can't be downloaded then. */
async function whenChecked({ signal }: Program, client: Client, id: string): Promise<Transfer> {
  for (;;) {
    const transfer = await client.getTransfer({ id });
    if (transfer.status === "ready") return transfer;
    if (transfer.status !== "checking" && transfer.status !== "uploading")
      throw new VisibleError(
        "FilesBlocked",
        409,
        `The files were sent, and not all can be downloaded: ${transfer.status}.`,
        {
          details: { id, status: transfer.status },
        },
      );
    await delay(POLL_SECONDS * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
