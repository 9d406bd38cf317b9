"use client";
import { ChevronLeft, ChevronRight, Download, X } from "lucide-react";
import { type KeyboardEvent, type TouchEvent, useEffect, useId, useRef, useState } from "react";
import { buildTree, type Folder, type NamedFile } from "#components/files/build-tree.ts";
import { describeFacts, previewOf } from "#components/files/preview.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { useBackCloses } from "#components/ui/use-back-closes.ts";
import type { FileView } from "#lib/files/file.schema.ts";
import { formatBytes } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { Stage } from "./stage.tsx";

export type ViewerProps = {
  /** Below which files are downloaded and previewed. */
  base: string;
  files: FileView[];
  /** The file that is shown first. */
  ordinal: number;
  onClose: () => void;
};

/** Pixels that a finger moves sideways before that means another file. */
const SWIPE = 56;

/** In the order in which the tree shows them. */
const inOrder = (folder: Folder): NamedFile[] => [...folder.folders.flatMap(inOrder), ...folder.files];

/** Shows what was made of the files, one after another: by keys, buttons or swiping. */
export function Viewer({ base, files, ordinal, onClose }: ViewerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const touch = useRef<{ x: number; y: number }>(undefined);
  const id = useId();
  const [shown] = useState(() => inOrder(buildTree(files)).filter((file) => previewOf(file)));
  const [index, setIndex] = useState(() =>
    Math.max(
      0,
      shown.findIndex((file) => file.ordinal === ordinal),
    ),
  );
  const file = shown[index];

  useEffect(() => {
    const root = document.documentElement;
    dialog.current?.showModal();
    heading.current?.focus();
    root.style.overflow = "hidden";
    return () => {
      root.style.overflow = "";
    };
  }, []);

  useBackCloses(true, () => dialog.current?.close());

  if (!file) return null;
  const name = visibleName(file.name);
  const move = (by: number) => setIndex((at) => Math.min(shown.length - 1, Math.max(0, at + by)));

  function onKeyDown(event: KeyboardEvent) {
    // In a player the arrows belong to it.
    if (event.target instanceof HTMLMediaElement || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(by);
  }

  function onTouchStart({ touches, target }: TouchEvent) {
    const first = touches[0];
    const still = (target as Element).closest("video, audio, [data-scrolls]");
    touch.current = first && touches.length === 1 && !still ? { x: first.clientX, y: first.clientY } : undefined;
  }

  function onTouchEnd({ changedTouches }: TouchEvent) {
    const last = changedTouches[0];
    if (!touch.current || !last) return;
    const [dx, dy] = [last.clientX - touch.current.x, last.clientY - touch.current.y];
    touch.current = undefined;
    if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) move(dx < 0 ? 1 : -1);
  }

  function close() {
    onClose();
    // The file that was looked at last, where the list shows it.
    const ordinal = file?.ordinal;
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`a[data-view="${ordinal}"]`)?.focus());
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-name`}
      onClose={close}
      onKeyDown={onKeyDown}
      className="fixed inset-0 m-0 h-dvh max-h-none w-dvw max-w-none bg-sunken text-ink backdrop:bg-canvas"
    >
      <div className="flex h-full flex-col">
        <header className="flex items-center gap-2 border-line border-b bg-surface py-2 pr-2 pl-4">
          <div className="min-w-0 flex-1">
            <h2
              ref={heading}
              id={`${id}-name`}
              tabIndex={-1}
              title={name}
              className="truncate rounded-sm font-medium outline-none"
            >
              <bdi>{shorten(name, 60)}</bdi>
            </h2>
            <p className="tnum truncate text-[0.8125rem] text-soft">
              {[...describeFacts(file), formatBytes(file.size)].join(" · ")}
            </p>
          </div>
          {file.state === "ready" && (!file.spent || file.taken) ? (
            <a
              href={`${base}/${file.ordinal}`}
              className={buttonClass("secondary", "md", "max-sm:px-3")}
              aria-label={`Download ${shorten(name)}`}
            >
              <Download className="size-4" aria-hidden />
              <span className="max-sm:hidden">Download</span>
            </a>
          ) : null}
          <IconButton label="Close" icon={<X aria-hidden />} onClick={() => dialog.current?.close()} />
        </header>
        {file.notice ? (
          <p className="border-line border-b bg-surface px-4 py-2 text-[0.8125rem] text-soft">{file.notice}</p>
        ) : null}
        <div
          className="relative min-h-0 flex-1 [touch-action:pan-y_pinch-zoom]"
          onTouchStart={onTouchStart}
          onTouchEnd={onTouchEnd}
        >
          <Stage key={file.ordinal} file={file} base={base} />
        </div>
        {shown.length > 1 ? (
          <footer className="flex items-center justify-center gap-2 border-line border-t bg-surface px-2 py-1.5">
            <Step label="Previous file" icon={<ChevronLeft aria-hidden />} off={index === 0} onClick={() => move(-1)} />
            <span className="tnum min-w-24 text-center text-[0.8125rem] text-soft">
              {(index + 1).toLocaleString("en")} of {shown.length.toLocaleString("en")}
            </span>
            <Step
              label="Next file"
              icon={<ChevronRight aria-hidden />}
              off={index === shown.length - 1}
              onClick={() => move(1)}
            />
          </footer>
        ) : null}
        <p aria-live="polite" className="sr-only">
          {name}, {index + 1} of {shown.length}
        </p>
      </div>
    </dialog>
  );
}

type StepProps = { label: string; icon: React.ReactNode; off: boolean; onClick: () => void };

/** At the end it stays where it is, so that the focus does, too. */
const Step = ({ label, icon, off, onClick }: StepProps) => (
  <IconButton
    label={label}
    icon={icon}
    aria-disabled={off || undefined}
    className="border border-line aria-disabled:opacity-40"
    onClick={onClick}
  />
);
