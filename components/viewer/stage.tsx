"use client";
import { type ReactNode, useEffect, useState } from "react";
import { FileIcon } from "#components/files/file-icon.tsx";
import { previewOf } from "#components/files/preview.ts";
import { Bytes } from "#components/ui/bytes.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { FileView, Rendition } from "#lib/files/file.schema.ts";
import { visibleName } from "#lib/kernel/safe-text.ts";
import { type ListedEntry, parseEntries } from "./parse-entries.ts";
import { parseTable } from "./parse-table.ts";

type StageProps = { file: FileView; base: string };

/** Characters of a text that are shown: what is longer is for downloading. */
const MAX_TEXT = 400_000;
const MAX_ENTRIES = 2_000;

/** What there is to see of one file. Everything is of our own making; text is shown as text, never as a page. */
export function Stage({ file, base }: StageProps) {
  const preview = previewOf(file);
  const urlOf = ({ name }: Rendition) => `${base}/${file.ordinal}/preview/${name}`;
  const name = visibleName(file.path);
  if (!preview) return <Nothing file={file} />;
  switch (preview.as) {
    case "picture":
      return (
        <Centered>
          <Picture of={preview.picture} src={urlOf(preview.picture)} alt={name} file={file} />
        </Centered>
      );
    case "document":
      return (
        <Scrolling label={`First page and text of ${name}`}>
          <Picture
            of={preview.page}
            src={urlOf(preview.page)}
            alt={`First page of ${name}`}
            file={file}
            className="mx-auto max-h-none w-full max-w-2xl rounded-sm bg-[white] shadow-card"
          />
          {preview.text ? <Words url={urlOf(preview.text)} heading="Its text" /> : null}
        </Scrolling>
      );
    case "video":
      return (
        <Centered>
          {/* biome-ignore lint/a11y/useMediaCaption: people send films as they are */}
          <video
            controls
            playsInline
            preload="metadata"
            muted={preview.silent}
            loop={preview.silent}
            autoPlay={preview.silent}
            src={urlOf(preview.video)}
            poster={preview.poster && urlOf(preview.poster)}
            width={preview.video.width}
            height={preview.video.height}
            aria-label={name}
            className="max-h-full max-w-full rounded-sm bg-black object-contain"
          />
          {preview.silent ? <p className="mt-3 text-[0.8125rem] text-soft">A short part, without sound</p> : null}
        </Centered>
      );
    case "audio":
      return (
        <Centered>
          <FileIcon kind="audio" className="size-12 text-hazel" />
          {/* biome-ignore lint/a11y/useMediaCaption: people send recordings as they are */}
          <audio
            controls
            preload="metadata"
            src={urlOf(preview.audio)}
            aria-label={name}
            className="mt-6 w-full max-w-md"
          />
        </Centered>
      );
    case "text":
      return (
        <Scrolling label={`Text of ${name}`}>
          {TABLE.test(file.path) ? (
            <Table url={urlOf(preview.text)} name={name} />
          ) : (
            <Words url={urlOf(preview.text)} />
          )}
        </Scrolling>
      );
    case "archive":
      return (
        <Scrolling label={`What is in ${name}`}>
          <Entries url={urlOf(preview.entries)} />
        </Scrolling>
      );
  }
}

const Centered = ({ children }: { children: ReactNode }) => (
  <div className="absolute inset-0 flex flex-col items-center justify-center p-3 sm:p-6">{children}</div>
);

const Scrolling = ({ label, children }: { label: string; children: ReactNode }) => (
  <section
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    tabIndex={0}
    className="absolute inset-0 overflow-auto overscroll-contain p-3 [touch-action:pan-y_pinch-zoom] focus-visible:-outline-offset-2 sm:p-6"
  >
    {children}
  </section>
);

type PictureProps = { of: Rendition; src: string; alt: string; file: FileView; className?: string };

function Picture({ of, src, alt, file, className = "max-h-full max-w-full rounded-sm object-contain" }: PictureProps) {
  const [failed, setFailed] = useState(false);
  if (failed) return <Nothing file={file} />;
  return (
    // biome-ignore lint/performance/noImgElement: renditions are made to measure, and lie at S3
    <img
      src={src}
      alt={alt}
      width={of.width}
      height={of.height}
      decoding="async"
      className={`h-auto ${className}`}
      onError={() => setFailed(true)}
    />
  );
}

/** An honest line where there is nothing to see. */
function Nothing({ file }: { file: FileView }) {
  return (
    <Centered>
      <FileIcon kind={file.kind} className="size-12 text-faint" />
      <p className="mt-4 max-w-sm text-balance text-center text-soft">
        {file.notice ?? "There is no preview of this file just now. It can be downloaded as it is."}
      </p>
    </Centered>
  );
}

type Read<T> = { state: "reading" } | { state: "failed" } | { state: "read"; value: T };

/** Reads a rendition once; `parse` must not change from one drawing to the next. */
function useRendition<T>(url: string, parse: (answer: Response) => Promise<T>): Read<T> {
  const [read, setRead] = useState<Read<T>>({ state: "reading" });
  useEffect(() => {
    const leaving = new AbortController();
    fetch(url, { signal: leaving.signal })
      .then((answer) => {
        if (!answer.ok) throw new Error(`The preview was answered with ${answer.status}.`);
        return parse(answer);
      })
      .then(
        (value) => setRead({ state: "read", value }),
        () => leaving.signal.aborted || setRead({ state: "failed" }),
      );
    return () => leaving.abort();
  }, [url, parse]);
  return read;
}

const asText = (answer: Response) => answer.text();

function Words({ url, heading }: { url: string; heading?: string }) {
  const read = useRendition(url, asText);
  if (read.state === "reading") return <Reading />;
  if (read.state === "failed") return heading ? null : <Failed />;
  const text = read.value.slice(0, MAX_TEXT);
  if (heading && text.trim() === "") return null;
  return (
    <div className="mx-auto mt-4 max-w-3xl rounded-card border border-line bg-surface p-4 first:mt-0 sm:p-6">
      {heading ? <h3 className="mb-2 font-medium text-soft text-sm">{heading}</h3> : null}
      <pre
        dir="auto"
        className={`whitespace-pre-wrap text-[0.8125rem] leading-relaxed [overflow-wrap:anywhere] ${heading ? "font-sans" : "font-mono"}`}
      >
        {text}
      </pre>
      {read.value.length > MAX_TEXT ? (
        <p className="mt-3 text-soft text-sm">There is more in the file itself.</p>
      ) : null}
    </div>
  );
}

const TABLE = /\.(csv|tsv|tab)$/i;
const asTable = async (answer: Response) => parseTable((await answer.text()).slice(0, MAX_TEXT));

/** Comma-separated values: the first row is the heading of the others. */
function Table({ url, name }: { url: string; name: string }) {
  const read = useRendition(url, asTable);
  if (read.state === "reading") return <Reading />;
  if (read.state === "failed") return <Failed />;
  const [heading = [], ...rows] = read.value.rows;
  const cell = "whitespace-pre-wrap border-line border-b px-3 py-1.5 text-left align-top";
  return (
    <div className="w-fit min-w-full rounded-card border border-line bg-surface">
      <table className="tnum w-full text-[0.8125rem]">
        <caption className="sr-only">{name}</caption>
        <thead>
          <tr>
            {heading.map((text, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a table that never changes, in which cells may repeat
              <th key={at} scope="col" className={`${cell} font-medium`} dir="auto">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a table that never changes, in which rows may repeat
            <tr key={at}>
              {row.map((text, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a table that never changes, in which cells may repeat
                <td key={column} className={cell} dir="auto">
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {read.value.more ? <p className="px-3 py-2 text-soft text-sm">There is more in the file itself.</p> : null}
    </div>
  );
}

const asEntries = async (answer: Response) => parseEntries(await answer.json());

function Entries({ url }: { url: string }) {
  const read = useRendition(url, asEntries);
  if (read.state === "reading") return <Reading />;
  if (read.state === "failed") return <Failed />;
  const { entries, more } = read.value;
  const left = more + Math.max(0, entries.length - MAX_ENTRIES);
  return (
    <div className="mx-auto max-w-3xl rounded-card border border-line bg-surface p-2">
      {entries.length === 0 ? <p className="px-3 py-6 text-center text-soft">It is empty.</p> : null}
      <ul>
        {entries.slice(0, MAX_ENTRIES).map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that never changes, in which names may repeat
          <Entry key={index} entry={entry} />
        ))}
      </ul>
      {left > 0 ? <p className="px-3 py-2 text-soft text-sm">and {left.toLocaleString("en")} more</p> : null}
    </div>
  );
}

const Entry = ({ entry: { path, size } }: { entry: ListedEntry }) => (
  <li className="flex items-baseline gap-3 rounded-control px-3 py-1.5 text-sm">
    <bdi className="min-w-0 flex-1 [overflow-wrap:anywhere]">{visibleName(path)}</bdi>
    {size === undefined ? null : <Bytes value={size} className="text-[0.8125rem] text-soft" />}
  </li>
);

const Reading = () => (
  <div className="mx-auto max-w-3xl">
    <Skeleton className="h-40 w-full" />
  </div>
);

const Failed = () => <p className="py-12 text-center text-soft">This preview could not be read. Try again later.</p>;
