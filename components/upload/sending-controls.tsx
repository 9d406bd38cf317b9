"use client";
import { Pause, Play } from "lucide-react";
import { Button } from "#components/ui/button.tsx";
import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { uploadEngine } from "./upload-store.ts";
import { useUploads } from "./use-uploads.ts";

export type SendingControlsProps = {
  upload: TransferUpload;
  over: boolean;
  onCancelAll: () => void;
  onDismiss: () => void;
};

/** Pause and resume are one button, which keeps the focus. While parts under way are finished they can be stopped as well. */
export function SendingControls({ upload, over, onCancelAll, onDismiss }: SendingControlsProps) {
  const { paused } = useUploads();
  const stopped = paused || upload.problem !== undefined;
  const moving = upload.files.unfinished + upload.files.verifying > 0 || stopped;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {over ? (
        <Button onClick={onDismiss}>Done</Button>
      ) : (
        <>
          {moving ? (
            <Button
              icon={stopped ? <Play className="size-4" aria-hidden /> : <Pause className="size-4" aria-hidden />}
              onClick={() => (stopped ? uploadEngine().resume() : uploadEngine().pause())}
            >
              {stopped ? "Resume" : "Pause"}
            </Button>
          ) : null}
          {upload.state === "pausing" ? (
            <Button variant="quiet" onClick={() => uploadEngine().pause()}>
              Stop at once
            </Button>
          ) : null}
          <Button variant="quiet" onClick={onCancelAll}>
            Cancel all
          </Button>
        </>
      )}
    </div>
  );
}
