"use client";
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  FileQuestion,
  LoaderCircle,
  RotateCw,
  WifiOff,
  X,
} from "lucide-react";
import type { ReactNode } from "react";
import { Bytes } from "#components/ui/bytes.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import type { FileUpload, FileUploadState } from "#lib/upload-engine/snapshot.ts";
import { problemSentence } from "./problem-sentence.ts";

export type FileRowProps = { file: FileUpload; over: boolean; cancel: () => void; retry: () => void };

const LABELS: Record<FileUploadState, string> = {
  queued: "Waiting",
  hashing: "Reading",
  uploading: "Uploading",
  "waiting for network": "Waiting for network",
  verifying: "Comparing",
  ready: "Sent",
  failed: "Failed",
  cancelled: "Removed",
  paused: "Paused",
  missing: "To be picked again",
};

const spinner = <LoaderCircle className="animate-spin text-hazel motion-reduce:animate-none" aria-hidden />;
const ICONS: Record<FileUploadState, ReactNode> = {
  queued: <CircleDashed className="text-faint" aria-hidden />,
  hashing: spinner,
  uploading: spinner,
  "waiting for network": <WifiOff className="text-moon" aria-hidden />,
  verifying: spinner,
  ready: <CircleCheck className="text-good" aria-hidden />,
  failed: <CircleAlert className="text-bad" aria-hidden />,
  cancelled: <X className="text-faint" aria-hidden />,
  paused: <CirclePause className="text-faint" aria-hidden />,
  missing: <FileQuestion className="text-moon" aria-hidden />,
};

/** States in which a part of the file may have arrived. */
const MOVING = new Set<FileUploadState>(["uploading", "paused", "waiting for network", "missing"]);

/** One file on its way, with what can be done about it. */
export function FileRow({ file, over, cancel, retry }: FileRowProps) {
  const { state, size, sent, error } = file;
  const path = visibleName(file.path);
  const name = shorten(path);
  const moving = MOVING.has(state) && size > 0;
  const part = moving ? Math.min(1, sent / size) : 0;
  return (
    <div className="relative flex min-h-11 items-center gap-3 border-line border-b py-1 [&>svg]:size-4 [&>svg]:shrink-0">
      {ICONS[state]}
      <div className="min-w-0 flex-1 items-center gap-3 sm:flex">
        <div className="min-w-0 flex-1">
          <bdi
            className={`block text-sm [overflow-wrap:anywhere] ${state === "cancelled" ? "text-faint line-through" : ""}`}
            title={path}
          >
            {name}
          </bdi>
          {error ? <p className="text-[0.8125rem] text-bad">{problemSentence(error)}</p> : null}
        </div>
        <p className="flex shrink-0 gap-2 text-[0.8125rem] text-soft sm:text-right">
          <Bytes value={size} className="text-faint sm:w-20" />
          <span className="tnum sm:w-36">
            {LABELS[state]}
            {moving && sent > 0 ? ` ${Math.floor(part * 100)} %` : ""}
          </span>
        </p>
      </div>
      <span className="flex w-16 shrink-0 justify-end">
        {state === "failed" ? (
          <IconButton label={`Retry ${name}`} icon={<RotateCw aria-hidden />} size="sm" onClick={retry} />
        ) : null}
        {over || state === "cancelled" ? null : (
          <IconButton
            label={`${state === "failed" || state === "ready" ? "Remove" : "Cancel"} ${name}`}
            icon={<X aria-hidden />}
            size="sm"
            onClick={cancel}
          />
        )}
      </span>
      {part > 0 ? (
        <span
          aria-hidden
          className="absolute inset-x-0 -bottom-px h-0.5 origin-left bg-hazel transition-transform duration-300 rtl:origin-right forced-colors:bg-[Highlight]"
          style={{ transform: `scaleX(${part})` }}
        />
      ) : null}
    </div>
  );
}
