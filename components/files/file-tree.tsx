import { DownloadButton } from "#components/collect/download-button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import type { FileView } from "#lib/files/file.schema.ts";
import { isDecided, isRemovable, isWithheld } from "#lib/kernel/file-states.ts";
import { stateInWords } from "#lib/kernel/file-words.ts";
import { formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { buildTree, type Folder, type NamedFile } from "./build-tree.ts";
import { IconSheet, SheetIcon } from "./file-icon.tsx";
import { describeFacts, mainRendition, previewOf, thumbnailOf } from "./preview.ts";

/**
 * `base`: below which files are downloaded and previewed, `/t/<token>/files`; without it they can't be. `limited`: their
 * downloads are counted, so a press is needed and not a link. `acts`: what the viewer may do with a file; it needs
 * `FileActions` around it.
 */
export type FileTreeProps = { files: FileView[]; base?: string; limited?: boolean; acts?: FileHandlers | undefined };

/** What the viewer may do with files: decide by hand whether they open, take them out, or both. */
export type FileHandlers = "decide" | "take out" | "both";

/** Files in their folders, drawn on the server: folders open and close by the browser's own means, without script. */
export function FileTree({ files, base, limited = false, acts }: FileTreeProps) {
  return (
    <>
      <IconSheet />
      <Level folder={buildTree(files)} base={base} limited={limited} acts={acts} />
    </>
  );
}

/** Folders of more files stay closed, so that a long list begins with its outline; one that is alone is open. */
const OPEN_UP_TO = 40;
/** From here on the page's own downloader offers to take it, by several connections. */
export const LARGE_BYTES = 2 * 1024 ** 3;

type Below = { base: string | undefined; limited: boolean; acts: FileHandlers | undefined };

function Level({ folder, ...below }: Below & { folder: Folder }) {
  const alone = folder.folders.length + folder.files.length === 1;
  return (
    <>
      {folder.folders.map((child) => (
        <details key={child.path} open={alone || child.count <= OPEN_UP_TO} className="group/folder">
          <summary className="file-row list-none py-2 [&::-webkit-details-marker]:hidden">
            <span className="flex w-9 shrink-0 justify-center">
              <SheetIcon
                name="folder"
                className="size-4 fill-hazel-wash text-hazel group-open/folder:fill-transparent"
              />
            </span>
            <span className="file-words">
              <Name name={child.name} />
              <span className="file-beside">
                {formatCount(child.count, "file")} <Bytes value={child.size} className="file-size" />
              </span>
            </span>
            <span className="file-end" />
          </summary>
          <div className="ml-2.5 border-line border-l pl-1.5 sm:ml-4 sm:pl-2">
            <Level folder={child} {...below} />
          </div>
        </details>
      ))}
      {folder.files.length > 0 ? (
        <ul>
          {folder.files.map((file) => (
            <Row key={file.ordinal} file={file} {...below} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Row({ file, base, limited, acts }: Below & { file: NamedFile }) {
  const facts = describeFacts(file);
  return (
    <li className="file-row min-h-11 py-1">
      <Picture file={file} base={base} />
      <span className="file-words">
        <FileName file={file} base={base} />
        <span className="file-beside">
          {facts.length > 0 ? <span className="text-faint">{facts.join(" · ")} </span> : null}
          <Bytes value={file.size} className="file-size" />
        </span>
        {isWithheld(file.state) && file.notice ? (
          <span className="block text-[0.8125rem] text-bad sm:basis-full">{file.notice}</span>
        ) : null}
        {file.scanMark ? <ScanMark mark={file.scanMark} /> : null}
      </span>
      <Outcome file={file} href={base && `${base}/${file.ordinal}`} limited={limited} />
      {acts ? <Actions file={file} acts={acts} /> : null}
    </li>
  );
}

/** Opens the menu of what can be done with a file, once there is something. */
function Actions({ file, acts }: { file: NamedFile; acts: FileHandlers }) {
  if (!(acts === "decide" ? isDecided(file.state) : isRemovable(file.state))) return <span className="size-8" />;
  const name = shorten(visibleName(file.name));
  return (
    <button
      type="button"
      data-file-actions={file.ordinal}
      data-state={file.state}
      data-name={name}
      aria-haspopup="menu"
      aria-label={`Actions for ${name}`}
      className="needs-script inline-flex size-8 shrink-0 items-center justify-center rounded-control text-soft hover:bg-ink/7 hover:text-ink"
    >
      <SheetIcon name="more" className="size-4" />
    </button>
  );
}

/** What its virus scan leaves open: said plainly, and louder where a file was not looked into. */
function ScanMark({ mark }: { mark: string }) {
  const tone = mark === "scanned in parts" ? "text-faint" : "text-moon";
  return <span className={`block text-[0.8125rem] ${tone} sm:basis-full`}>{sentenceOf(mark)}</span>;
}

const sentenceOf = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function Picture({ file, base }: { file: NamedFile; base: string | undefined }) {
  const thumbnail = base && thumbnailOf(file);
  return (
    <span className="file-picture">
      {thumbnail ? (
        // biome-ignore lint/performance/noImgElement: renditions are made to measure, and lie at S3
        <img
          src={`${base}/${file.ordinal}/preview/${thumbnail.name}`}
          alt=""
          width={36}
          height={36}
          loading="lazy"
          decoding="async"
          className="size-full bg-sunken object-cover"
        />
      ) : isWithheld(file.state) ? (
        <SheetIcon name="blocked" className="size-4 text-bad" />
      ) : (
        <SheetIcon name={file.kind ?? "other"} className="size-4 text-faint" />
      )}
    </span>
  );
}

/** A name opens what there is to see: in the viewer, or by itself where there is no script. */
function FileName({ file, base }: { file: NamedFile; base: string | undefined }) {
  const preview = base && previewOf(file);
  if (!preview) return <Name name={file.name} />;
  return (
    <a
      href={`${base}/${file.ordinal}/preview/${mainRendition(preview).name}`}
      data-view={file.ordinal}
      className="file-name rounded-sm decoration-line underline-offset-4 hover:underline"
      aria-label={`View ${shorten(visibleName(file.name))}`}
    >
      <Name name={file.name} />
    </a>
  );
}

const DOWNLOAD_STYLE = {
  words: "max-w-40 text-right text-[0.8125rem] text-faint",
  button: "file-take",
  again: "file-take sm:w-auto",
};

/** What can be done with a file, or why nothing can. */
function Outcome({ file, href, limited }: { file: NamedFile; href: string | undefined; limited: boolean }) {
  const cannot = isWithheld(file.state);
  if (file.state !== "ready") {
    const word = stateInWords(file.state);
    const tone = cannot ? "text-bad" : "text-moon";
    return <span className={`file-end text-right text-[0.8125rem] ${tone}`}>{word}</span>;
  }
  if (!href) return <span className="file-end" />;
  const name = shorten(visibleName(file.name));
  const large = file.size > LARGE_BYTES ? file.ordinal : undefined;
  const words = (
    <>
      <SheetIcon name="download" className="size-4" />
      <span className="hidden sm:inline">Download</span>
    </>
  );
  if (limited) {
    return (
      <DownloadButton
        href={href}
        name={name}
        spent={file.spent === true}
        taken={file.taken !== undefined}
        large={large}
        look={DOWNLOAD_STYLE}
      >
        {words}
      </DownloadButton>
    );
  }
  return (
    <a
      href={href}
      className="file-take"
      aria-label={`Download ${name}`}
      {...(large === undefined ? {} : { "data-large": large })}
    >
      {words}
    </a>
  );
}

function Name({ name }: { name: string }) {
  const shown = visibleName(name);
  const short = shorten(shown);
  return (
    <bdi className="file-name" {...(short === shown ? {} : { title: shown })}>
      {short}
    </bdi>
  );
}
