import { File } from "lucide-react";
import { shorten, visibleName } from "#components/files/build-tree.ts";
import { FileTree } from "#components/files/file-tree.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { formatCount } from "#components/ui/format-bytes.ts";
import { UtcTime } from "#components/ui/utc-time.tsx";
import type { FileView } from "#lib/files/file.schema.ts";
import type { GuestTransferView } from "#lib/transfers/transfer.schema.ts";

export type GuestTransferProps = {
  transfer: GuestTransferView;
  token: string;
  /** Not the first page of a long list. */
  further: boolean;
};

/** What a guest sees of a transfer: who sent it, until when, and its files. No script is needed for any of it. */
export function GuestTransfer({ transfer, token, further }: GuestTransferProps) {
  const { files } = transfer;
  const href = (file: FileView) => `/t/${token}/files/${file.ordinal}`;
  const [only] = files.items;
  const isAlone = files.items.length === 1 && !files.cursor && !further;
  return (
    <article className="flex flex-col gap-5 pt-4 sm:pt-8">
      <header>
        <h1 className="font-semibold text-3xl leading-tight [overflow-wrap:anywhere]">
          <bdi>{visibleName(transfer.title) || "Files for you"}</bdi>
        </h1>
        <p className="mt-2 flex flex-wrap gap-x-3 text-soft">
          <span>
            From <bdi className="font-medium text-ink">{transfer.senderName}</bdi>, <bdi>{transfer.workspaceName}</bdi>
          </span>
          <span className="tnum">
            {formatCount(transfer.fileCount, "file")} · <Bytes value={transfer.bytes} />
          </span>
          <span>
            until <UtcTime iso={transfer.expiresAt} />
          </span>
        </p>
      </header>
      {transfer.message ? (
        <p
          dir="auto"
          className="whitespace-pre-wrap rounded-card border border-line bg-surface p-4 [overflow-wrap:anywhere]"
        >
          {transfer.message}
        </p>
      ) : null}
      {transfer.complete ? null : (
        <p className="rounded-control bg-moon-wash px-4 py-3 text-moon text-sm">
          The sender is still uploading. What has arrived can be downloaded now.{" "}
          <a href={`/t/${token}`} className="whitespace-nowrap font-medium underline underline-offset-2">
            See what is new
          </a>
        </p>
      )}
      <section aria-label="Files" className="rounded-card border border-line bg-surface p-2 shadow-card">
        {isAlone && only?.state === "stored" ? (
          <OneFile file={only} href={href(only)} />
        ) : files.items.length === 0 ? (
          <p className="px-3 py-8 text-center text-soft">No file has arrived yet.</p>
        ) : (
          <FileTree files={files.items} href={href} />
        )}
      </section>
      {further || files.cursor ? (
        <nav aria-label="Pages of the list" className="flex justify-center gap-2">
          {further ? (
            <a className={buttonClass("secondary")} href={`/t/${token}`}>
              First files
            </a>
          ) : null}
          {files.cursor ? (
            <a className={buttonClass("secondary")} href={`/t/${token}?from=${encodeURIComponent(files.cursor)}`}>
              More files
            </a>
          ) : null}
        </nav>
      ) : null}
    </article>
  );
}

/** A file that came alone: nothing to look through, one thing to press. */
function OneFile({ file, href }: { file: FileView; href: string }) {
  const name = visibleName(file.path);
  return (
    <div className="flex flex-col items-center gap-4 px-4 py-8 text-center">
      <File className="size-10 text-hazel" strokeWidth={1.25} aria-hidden />
      <div>
        <bdi className="font-medium text-lg [overflow-wrap:anywhere]" title={name}>
          {shorten(name)}
        </bdi>
        <p className="text-soft">
          <Bytes value={file.size} />
        </p>
      </div>
      <a href={href} className={buttonClass("primary", "lg")} aria-label={`Download ${shorten(name)}`}>
        Download
      </a>
    </div>
  );
}
