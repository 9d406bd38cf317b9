import { FileTree } from "#components/files/file-tree.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { UtcTime } from "#components/ui/utc-time.tsx";
import type { GuestTransferView } from "#lib/transfers/transfer.schema.ts";

export type GuestTransferProps = { transfer: GuestTransferView; token: string };

/** What a guest sees of a transfer: who sent it, until when, and its files. No script is needed for any of it. */
export function GuestTransfer({ transfer, token }: GuestTransferProps) {
  const { files } = transfer;
  return (
    <article>
      <h1 className="text-3xl font-semibold [overflow-wrap:anywhere]">{transfer.title || "Files for you"}</h1>
      <p className="mt-2 text-soft">
        From <strong className="font-medium text-ink">{transfer.senderName}</strong>, {transfer.workspaceName} ·{" "}
        <span className="tnum">{transfer.fileCount}</span> {transfer.fileCount === 1 ? "file" : "files"} ·{" "}
        <Bytes value={transfer.bytes} /> · until <UtcTime iso={transfer.expiresAt} />
      </p>
      {transfer.message ? (
        <p className="mt-5 whitespace-pre-wrap rounded-card bg-surface p-4 [overflow-wrap:anywhere]">
          {transfer.message}
        </p>
      ) : null}
      {transfer.complete ? null : (
        <p className="mt-5 rounded-card bg-moon-wash px-4 py-3 text-moon text-sm" role="status">
          The sender is still uploading. What has arrived can be downloaded now; load this page again for the rest.
        </p>
      )}
      <section aria-label="Files" className="mt-6 rounded-card border border-line bg-surface p-2">
        {files.items.length === 0 ? (
          <p className="px-3 py-8 text-center text-soft">No file has arrived yet.</p>
        ) : (
          <FileTree files={files.items} href={(file) => `/t/${token}/files/${file.ordinal}`} />
        )}
      </section>
      {files.cursor ? (
        <p className="mt-4 text-center">
          <a className={buttonClass("secondary")} href={`/t/${token}?from=${files.cursor}`}>
            More files
          </a>
        </p>
      ) : null}
    </article>
  );
}
