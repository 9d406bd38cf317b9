"use client";
import { useEffect, useRef, useState } from "react";
import { type Listing, listFiles } from "#lib/download-engine/list-files.ts";
import { canSaveFolder, type NotSaved, saveFolder } from "#lib/download-engine/save-folder.ts";
import { StreamedDownload, streamProblem } from "#lib/download-engine/stream-client.ts";
import type { DownloadItem } from "#lib/downloads/download.schema.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { baseName, safeFileName } from "#lib/kernel/file-name.ts";
import { randomToken } from "#lib/kernel/id.ts";

/** How far a download is. `bytes` and `files` are what the browser has got, of `total` and `count`. */
export type Collecting = {
  phase: "listing" | "starting" | "running" | "done" | "failed" | "cancelled" | "impossible";
  bytes: number;
  files: number;
  total: number;
  count: number;
  /** Files that can't be had now. */
  left: DownloadItem[];
  /** Files that failed while the others were saved. */
  notSaved: NotSaved[];
  /** Why it failed or can't be done, in a sentence. */
  message?: string;
  /** Whether the files may be saved into a folder one after another. */
  folder: boolean;
};

const FIRST: Collecting = {
  phase: "listing",
  bytes: 0,
  files: 0,
  total: 0,
  count: 0,
  left: [],
  notSaved: [],
  folder: false,
};
const UNEXPECTED = "Something went wrong here. Try again.";

export type CollectOrder = { base: string; title: string; ordinal?: number };

/** Downloads all files behind a link as a zip, or one large file as it is; begins when it is first drawn. */
export function useCollect({ base, title, ordinal }: CollectOrder) {
  const [state, setState] = useState(FIRST);
  const running = useRef<{ cancel: () => void; listing?: Listing }>({ cancel: () => undefined });
  const change = (changes: Partial<Collecting>) => setState((last) => ({ ...last, ...changes }));
  const fail = (error: unknown) =>
    change({
      phase: "failed",
      message: error instanceof VisibleError ? error.message : UNEXPECTED,
      folder: canSaveFolder(),
    });

  async function start() {
    setState(FIRST);
    const listing = new AbortController();
    running.current = { cancel: () => listing.abort() };
    try {
      const found = only(await listFiles(`${base}/entries`, listing.signal), ordinal);
      running.current.listing = found;
      const { entries, left, bytes } = found;
      change({ total: bytes, count: entries.length, left });
      const problem = streamProblem();
      if (entries.length === 0)
        return change({ phase: "impossible", message: "There is nothing to download just now." });
      if (problem) return change({ phase: "impossible", message: problem, folder: canSaveFolder() });
      change({ phase: "starting" });
      const kind = ordinal === undefined ? "zip" : "file";
      const name = kind === "zip" ? `${safeFileName(title || "Files")}.zip` : baseName(entries[0]?.path ?? "file");
      const job = { id: randomToken(), kind, name, endpoint: `${base}/grants`, entries } as const;
      const download = new StreamedDownload(job, ({ phase, bytes, files, message }) =>
        change({
          phase,
          bytes: Math.min(bytes, found.bytes),
          files,
          folder: phase === "failed" && canSaveFolder(),
          ...(message === undefined ? {} : { message }),
        }),
      );
      running.current.cancel = () => download.cancel();
    } catch (error) {
      if (!listing.signal.aborted) fail(error);
    }
  }

  /** Asks for a folder and writes the files into it one after another. */
  async function saveInto() {
    const { listing } = running.current;
    if (!listing) return;
    const stopping = new AbortController();
    try {
      // Guarantee: it is there, since the button is.
      const picker = globalThis as unknown as { showDirectoryPicker(o: object): Promise<FileSystemDirectoryHandle> };
      const folder = await picker.showDirectoryPicker({ mode: "readwrite", id: "dormouse" });
      running.current.cancel = () => {
        stopping.abort();
        change({ phase: "cancelled" });
      };
      setState((last) => ({ ...FIRST, phase: "running", total: last.total, count: last.count, left: last.left }));
      const notSaved = await saveFolder(folder, listing.entries, {
        endpoint: `${base}/grants`,
        title: title || "Files",
        signal: stopping.signal,
        onProgress: (bytes, files) => change({ bytes, files }),
      });
      change({ phase: "done", notSaved, files: listing.entries.length - notSaved.length });
    } catch (error) {
      // Picking a folder was given up, or the whole was.
      if (stopping.signal.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
      fail(error);
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: one order, begun once
  useEffect(() => {
    const timer = setTimeout(() => void start());
    return () => {
      clearTimeout(timer);
      running.current.cancel();
    };
  }, []);

  const isUnderWay = state.phase === "starting" || state.phase === "running";
  useEffect(() => {
    if (!isUnderWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isUnderWay]);

  return { state, cancel: () => running.current.cancel(), retry: () => void start(), saveInto: () => void saveInto() };
}

function only(listing: Listing, ordinal: number | undefined): Listing {
  if (ordinal === undefined) return listing;
  const entries = listing.entries.filter((entry) => entry.ordinal === ordinal);
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  return { entries, bytes, left: listing.left.filter((file) => file.ordinal === ordinal) };
}
