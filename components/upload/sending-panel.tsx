"use client";
import { Pause, Play, RotateCw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { shorten, visibleName } from "#components/files/build-tree.ts";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";
import { formatBytes } from "#components/ui/format-bytes.ts";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Progress } from "#components/ui/progress.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { FileUpload, TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { useUploadEngine, useUploads } from "./upload-provider.tsx";

export type SendingPanelProps = { transfer: TransferView; onEnd: () => void; onDismiss: () => void };

/** Files of a page of the list: small enough to draw at every change. */
const ROWS = 100;

const TITLES: Partial<Record<TransferUpload["state"], string>> = {
  sealed: "Sent",
  stored: "Sent",
  sealing: "Finishing",
  verifying: "Verifying",
  paused: "Paused",
  "waiting for network": "Waiting for the network",
  failed: "Some files could not be sent",
  cancelled: "Cancelled",
};

/** A transfer on its way: the link, how far it is, and every file with its state. */
export function SendingPanel({ transfer, onEnd, onDismiss }: SendingPanelProps) {
  const engine = useUploadEngine();
  const { transfers, paused } = useUploads();
  const upload = transfers.find(({ id }) => id === transfer.id);
  const [asking, setAsking] = useState(false);
  const [from, setFrom] = useState(0);
  const ended = upload?.state === "sealed";
  const told = useRef(false);
  useEffect(() => {
    if (!ended || told.current) return;
    told.current = true;
    onEnd();
  }, [ended, onEnd]);
  if (!engine || !upload) return null;

  const { files, bytesSent, bytesTotal, state } = upload;
  const over = state === "sealed" || state === "cancelled";
  return (
    <div className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6" data-state={state}>
      <div className="flex items-center gap-4">
        <Dormouse mood={over ? "awake" : "carrying"} className="w-16 shrink-0" />
        <div className="min-w-0 flex-1">
          <h2 className="text-lg font-semibold">{TITLES[state] ?? "Sending"}</h2>
          <p className="tnum text-soft text-sm">
            {formatBytes(bytesSent)} of {formatBytes(bytesTotal)}
            {upload.speed > 0 ? ` · ${formatBytes(upload.speed)}/s` : ""}
            {upload.secondsLeft === undefined || over ? "" : ` · ${timeLeft(upload.secondsLeft)} left`}
            {` · ${files.ready.toLocaleString("en")} of ${(files.total - files.cancelled).toLocaleString("en")} files`}
          </p>
        </div>
      </div>
      <Progress
        className="mt-4"
        label={`Sending ${transfer.title || "files"}`}
        value={bytesTotal === 0 ? (over ? 1 : 0) : bytesSent / bytesTotal}
        tone={state === "failed" ? "bad" : over ? "good" : state === "paused" ? "faint" : "hazel"}
      />
      {upload.problem ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {upload.problem.message}
        </p>
      ) : null}
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 truncate rounded-control bg-ink/5 px-3 py-2 font-mono text-[0.8125rem]">
          {transfer.link}
        </code>
        <CopyButton value={transfer.link} variant="primary" />
        {over ? (
          <Button variant="quiet" onClick={onDismiss}>
            Done
          </Button>
        ) : (
          <>
            {paused || upload.problem ? (
              <Button icon={<Play className="size-4" aria-hidden />} onClick={() => engine.resume()}>
                Resume
              </Button>
            ) : (
              <Button icon={<Pause className="size-4" aria-hidden />} onClick={() => engine.pause()}>
                Pause
              </Button>
            )}
            <Button variant="quiet" onClick={() => setAsking(true)}>
              Cancel all
            </Button>
          </>
        )}
      </div>
      <ul className="mt-4 max-h-80 divide-y divide-line overflow-y-auto" aria-label="Files being sent">
        {engine.listFiles(transfer.id, from, from + ROWS).map((file) => (
          <FileRow
            key={file.id}
            file={file}
            cancel={() => engine.cancelFile(file.id)}
            retry={() => engine.retry(file.id)}
            over={over}
          />
        ))}
      </ul>
      {files.total > ROWS ? (
        <div className="mt-2 flex items-center justify-between text-sm text-soft">
          <Button variant="quiet" size="sm" disabled={from === 0} onClick={() => setFrom(from - ROWS)}>
            Earlier
          </Button>
          <span className="tnum">
            {from + 1} to {Math.min(from + ROWS, files.total)} of {files.total.toLocaleString("en")}
          </span>
          <Button variant="quiet" size="sm" disabled={from + ROWS >= files.total} onClick={() => setFrom(from + ROWS)}>
            Later
          </Button>
        </div>
      ) : null}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Cancel what is not sent yet?"
        confirmLabel="Cancel all"
        cancelLabel="Go on sending"
        tone="danger"
        onConfirm={() => {
          engine.cancelAll(transfer.id);
          setAsking(false);
        }}
      >
        Files that have arrived stay in the transfer.
      </Confirm>
    </div>
  );
}

type FileRowProps = { file: FileUpload; over: boolean; cancel: () => void; retry: () => void };

function FileRow({ file, over, cancel, retry }: FileRowProps) {
  const name = shorten(visibleName(file.path));
  const sent = file.state === "uploading" && file.size > 0 ? ` ${Math.floor((file.sent / file.size) * 100)} %` : "";
  return (
    <li className="flex min-h-10 items-center gap-3 py-1">
      <div className="min-w-0 flex-1">
        <bdi className="text-sm [overflow-wrap:anywhere]" title={visibleName(file.path)}>
          {name}
        </bdi>
        {file.error ? <p className="text-[0.8125rem] text-bad">{file.error.message}</p> : null}
      </div>
      <Bytes value={file.size} className="text-[0.8125rem] text-faint" />
      <span className="tnum w-28 text-right text-[0.8125rem] text-soft">
        {file.state}
        {sent}
      </span>
      {file.state === "failed" ? (
        <IconButton label={`Retry ${name}`} icon={<RotateCw aria-hidden />} size="sm" onClick={retry} />
      ) : null}
      {over || file.state === "cancelled" ? (
        <span className="size-8" />
      ) : (
        <IconButton label={`Cancel ${name}`} icon={<X aria-hidden />} size="sm" onClick={cancel} />
      )}
    </li>
  );
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
