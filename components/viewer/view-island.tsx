"use client";
import { type ComponentType, type MouseEvent, type ReactNode, useRef, useState } from "react";
import type { FileView, Page } from "#lib/files/file.schema.ts";
import type { ViewerProps } from "./viewer.tsx";

export type ViewIslandProps = {
  /** Below which files are downloaded and previewed: `/t/<token>/files`. */
  base: string;
  /** The files that are shown, or where their list is read on the first look, so that a page stays light. */
  files: FileView[] | { url: string };
  children: ReactNode;
};

type Open = { Viewer: ComponentType<ViewerProps>; files: FileView[]; ordinal: number };

/**
 * Opens the viewer for the links inside it that show a file. Nothing of the viewer is loaded before; where it can't be,
 * the link is followed as it is.
 */
export function ViewIsland({ base, files, children }: ViewIslandProps) {
  const [open, setOpen] = useState<Open>();
  const known = useRef<FileView[] | undefined>(Array.isArray(files) ? files : undefined);

  function look(event: MouseEvent<HTMLElement>) {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-view]");
    // This line keeps the viewer out of the server's bundle.
    if (typeof window === "undefined") return;
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const url = Array.isArray(files) ? "" : files.url;
    void Promise.all([import("./viewer.tsx"), known.current ?? readFiles(url)])
      .then(([{ Viewer }, list]) => {
        known.current = list;
        setOpen({ Viewer, files: list, ordinal: Number(link.dataset.view) });
      })
      .catch(() => location.assign(link.href));
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link that is pressed by the keyboard is clicked
    <div onClick={look}>
      {children}
      {open ? (
        <open.Viewer base={base} files={open.files} ordinal={open.ordinal} onClose={() => setOpen(undefined)} />
      ) : null}
    </div>
  );
}

async function readFiles(url: string): Promise<FileView[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The list of files was answered with ${answer.status}.`);
  return ((await answer.json()) as Page<FileView>).items;
}
