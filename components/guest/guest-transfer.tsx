import { CollectIsland } from "#components/collect/collect-island.tsx";
import { DownloadButton } from "#components/collect/download-button.tsx";
import { FileIcon } from "#components/files/file-icon.tsx";
import { FileTree, LARGE_BYTES } from "#components/files/file-tree.tsx";
import { describeFacts, mainRendition, previewOf } from "#components/files/preview.ts";
import { MessageText } from "#components/transfers/message-text.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Follow } from "#components/ui/follow.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { RefreshRetries } from "#components/ui/refresh-retries.tsx";
import { ViewIsland } from "#components/viewer/view-island.tsx";
import type { FileView } from "#lib/files/file.schema.ts";
import { formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import type { GuestTransferView } from "#lib/transfers/transfer.schema.ts";

export type GuestTransferProps = {
  transfer: GuestTransferView;
  token: string;
  /** Not the first page of a long list: where it begins. */
  from: string | undefined;
};

/** What a guest sees of a transfer: who sent it, until when, and its files. No script is needed to have them. */
export function GuestTransfer({ transfer, token, from }: GuestTransferProps) {
  const { files } = transfer;
  const limited = transfer.downloadLimit !== undefined;
  const base = `/t/${token}/files`;
  const title = visibleName(transfer.title);
  const further = from !== undefined;
  const [only] = files.items;
  const isAlone = files.items.length === 1 && !files.cursor && !further;
  const ready = files.items.filter((file) => file.state === "ready" && (!file.spent || file.taken)).length;
  const several = !isAlone && (ready > 0 || further || files.cursor !== undefined);
  const waiting = files.items.some((file) => file.state === "stored");
  const list = from === undefined ? base : `${base}?from=${encodeURIComponent(from)}`;
  return (
    <article className="flex flex-col gap-5 pt-4 sm:pt-8">
      <noscript>
        <style>{".needs-script { display: none; }"}</style>
      </noscript>
      <header>
        <h1 className="font-semibold text-3xl leading-tight [overflow-wrap:anywhere]">
          <bdi>{title || "Files for you"}</bdi>
        </h1>
        {transfer.recipientName ? (
          <p className="mt-2 [overflow-wrap:anywhere]">
            Hello <bdi>{visibleName(transfer.recipientName)}</bdi>, this link is yours alone: what you download through
            it is shown to the sender as yours.
          </p>
        ) : null}
        <p className="mt-2 flex flex-wrap gap-x-3 text-soft">
          <span>
            From <bdi className="font-medium text-ink">{transfer.senderName}</bdi>, <bdi>{transfer.workspaceName}</bdi>
          </span>
          <span>
            until <LocalTime iso={transfer.expiresAt} format="minute" />
          </span>
          {transfer.downloadLimit ? <span>{describeLimit(transfer.downloadLimit)}</span> : null}
        </p>
      </header>
      {limited && files.items.some(({ taken }) => taken) ? <p className="text-soft text-sm">{AGAIN}</p> : null}
      {transfer.message ? <MessageText text={transfer.message} /> : null}
      <Underway complete={transfer.complete} waiting={waiting} path={`/t/${token}`} />
      {transfer.withheldInWords ? <p className="text-pretty text-bad text-sm">{transfer.withheldInWords}</p> : null}
      <CollectIsland
        base={base}
        title={title}
        several={several}
        limited={limited}
        prominent
        heading={
          <p className="tnum text-soft">
            {formatCount(transfer.fileCount, "file")} · <Bytes value={transfer.bytes} />
          </p>
        }
      >
        <ViewIsland base={base} files={{ url: list }}>
          <section aria-label="Files" className="rounded-card border border-line bg-surface p-2 shadow-card">
            {isAlone && only?.state === "ready" ? (
              <OneFile file={only} base={base} limited={limited} />
            ) : files.items.length === 0 ? (
              <p className="px-3 py-8 text-center text-soft">No file has arrived yet.</p>
            ) : (
              <FileTree files={files.items} base={base} limited={limited} />
            )}
          </section>
        </ViewIsland>
      </CollectIsland>
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

const describeLimit = (times: number): string =>
  times === 1 ? "each file can be downloaded once" : `each file can be downloaded ${times.toLocaleString("en")} times`;

/** Said where a limit counts: a download that broke is no reason to ask the sender. */
const AGAIN = "A download that did not arrive can be tried again in this browser for a day.";

/** What is still to come, and how to see it. */
function Underway({ complete, waiting, path }: { complete: boolean; waiting: boolean; path: string }) {
  if (complete && !waiting) return null;
  return (
    <p className="rounded-control bg-moon-wash px-4 py-3 text-moon text-sm">
      <RefreshRetries />
      <Follow />
      {complete
        ? "Some files are being checked. What is ready can be downloaded now. "
        : "The sender is still uploading. What has arrived can be downloaded once it is checked. "}
      <a href={path} className="whitespace-nowrap font-medium underline underline-offset-2">
        See what is new
      </a>
    </p>
  );
}

const DOWNLOAD_STYLE = {
  words: "w-full text-soft",
  button: buttonClass("primary", "lg"),
  again: buttonClass("secondary", "lg"),
};

/** A file that came alone: nothing to look through, one thing to press. */
function OneFile({ file, base, limited }: { file: FileView; base: string; limited: boolean }) {
  const name = visibleName(file.path);
  const preview = previewOf(file);
  const main = preview && mainRendition(preview);
  const large = file.size > LARGE_BYTES ? file.ordinal : undefined;
  const picture = file.renditions?.find((one) =>
    ["view.webp", "page-1.webp", "poster.webp", "thumb.webp"].includes(one.name),
  );
  return (
    <div className="flex flex-col items-center gap-5 px-4 py-8 text-center">
      {picture && main ? (
        <a
          href={`${base}/${file.ordinal}/preview/${main.name}`}
          data-view={file.ordinal}
          aria-label={`View ${shorten(name)}`}
          className="block max-w-full overflow-hidden rounded-control border border-line bg-sunken"
        >
          {/* biome-ignore lint/performance/noImgElement: renditions are made to measure, and lie at S3 */}
          <img
            src={`${base}/${file.ordinal}/preview/${picture.name}`}
            alt=""
            width={picture.width}
            height={picture.height}
            className="h-auto max-h-80 w-auto max-w-full object-contain"
          />
        </a>
      ) : (
        <FileIcon kind={file.kind} className="size-10 text-hazel" />
      )}
      <div>
        <bdi className="font-medium text-lg [overflow-wrap:anywhere]" title={name}>
          {shorten(name)}
        </bdi>
        <p className="tnum text-soft">
          {describeFacts(file).map((fact) => `${fact} · `)}
          <Bytes value={file.size} />
        </p>
      </div>
      <div className="flex flex-wrap items-center justify-center gap-2">
        {limited ? (
          <DownloadButton
            href={`${base}/${file.ordinal}`}
            name={shorten(name)}
            spent={file.spent === true}
            taken={file.taken !== undefined}
            large={large}
            look={DOWNLOAD_STYLE}
          >
            Download
          </DownloadButton>
        ) : (
          <a
            href={`${base}/${file.ordinal}`}
            className={buttonClass("primary", "lg")}
            aria-label={`Download ${shorten(name)}`}
            {...(large === undefined ? {} : { "data-large": large })}
          >
            Download
          </a>
        )}
        {main && !picture ? (
          <a
            href={`${base}/${file.ordinal}/preview/${main.name}`}
            data-view={file.ordinal}
            className={buttonClass("secondary", "lg")}
            aria-label={`View ${shorten(name)}`}
          >
            View
          </a>
        ) : null}
      </div>
    </div>
  );
}
