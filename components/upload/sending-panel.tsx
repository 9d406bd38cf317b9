"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import type { TransferActions } from "#components/transfers/transfer-actions.ts";
import { TransferLink } from "#components/transfers/transfer-link.tsx";
import { nameOf } from "#components/transfers/transfer-name.ts";
import { Confirm } from "#components/ui/confirm.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";
import { Progress } from "#components/ui/progress.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { describeProgress } from "./describe-progress.ts";
import { MissingFiles } from "./missing-files.tsx";
import { problemSentence } from "./problem-sentence.ts";
import { SendingControls } from "./sending-controls.tsx";
import { SendingFiles } from "./sending-files.tsx";
import { hideSending, uploadEngine } from "./upload-store.ts";
import { partSent, useUploads } from "./use-uploads.ts";

export type SendingPanelProps = {
  transfer: TransferView;
  actions: Pick<TransferActions, "deleteTransfer" | "purgeTransfer">;
  /** Where the page shows the link by itself. */
  withoutLink?: boolean;
};

const TITLES: Record<TransferUpload["state"], string> = {
  empty: "Getting ready",
  uploading: "Sending",
  sealed: "Sent",
  stored: "Finishing",
  sealing: "Finishing",
  verifying: "Comparing with what you have",
  pausing: "Pausing",
  paused: "Paused",
  "waiting for network": "Waiting for the network",
  stalled: "Stalled, trying again",
  failed: "Some files could not be sent",
  cancelled: "Cancelled",
  missing: "Waiting for files",
};

const HINTS: Partial<Record<TransferUpload["state"], string>> = {
  "waiting for network": "It goes on by itself as soon as the connection is back.",
  stalled: "Nothing has moved for a while. It goes on by itself as soon as the connection answers again.",
  pausing: "What is on its way right now is finished first, so that nothing of it has to be sent twice.",
};

/** A transfer on its way: the link, how far it is, and every file with its state. */
export function SendingPanel(props: SendingPanelProps) {
  const upload = useUploads().transfers.find(({ id }) => id === props.transfer.id);
  return upload ? <Panel {...props} upload={upload} /> : null;
}

function Panel({ transfer, actions, withoutLink = false, upload }: SendingPanelProps & { upload: TransferUpload }) {
  const [asking, setAsking] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const router = useRouter();

  // What was pressed to begin has gone with the form.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  const { files, bytesTotal, state, problem } = upload;
  const over = state === "sealed" || state === "cancelled";
  const halted = problem !== undefined;
  const hint = HINTS[state];

  /** What nothing has arrived of is not kept: its link would open an empty page. */
  async function cancelAll() {
    uploadEngine().cancelAll(transfer.id);
    setAsking(false);
    if (files.ready === 0) {
      hideSending(transfer.id);
      const deleted = await actions.deleteTransfer({ id: transfer.id });
      if (deleted.ok) await actions.purgeTransfer({ id: transfer.id });
    }
    router.refresh();
  }

  return (
    <section
      aria-label={`Sending ${nameOf(transfer)}`}
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
      data-state={state}
    >
      <div className="flex items-center gap-4">
        <Dormouse mood={over ? "awake" : state === "paused" ? "asleep" : "carrying"} className="w-16 shrink-0" />
        <div className="min-w-0 flex-1">
          <h2 ref={heading} tabIndex={-1} className="font-semibold text-lg outline-none">
            {halted && !over ? "Sending has stopped" : TITLES[state]}
          </h2>
          <p className="tnum text-soft text-sm">{describeProgress(upload)}</p>
        </div>
      </div>
      <Progress
        className="mt-4"
        label={`Sending ${nameOf(transfer)}`}
        value={bytesTotal === 0 && !over ? 0 : partSent(upload)}
        valueText={describeProgress(upload)}
        tone={state === "failed" || halted ? "bad" : over ? "good" : state === "paused" ? "faint" : "hazel"}
      />
      {problem ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {problemSentence(problem)}
        </p>
      ) : hint ? (
        <p className={`mt-3 text-sm ${state === "pausing" ? "text-soft" : "text-moon"}`}>{hint}</p>
      ) : null}
      {withoutLink ? null : (
        <div className="mt-4">
          <TransferLink path={transfer.link} />
        </div>
      )}
      <SendingControls
        upload={upload}
        over={over}
        onCancelAll={() => setAsking(true)}
        onDismiss={() => {
          hideSending(transfer.id);
          (document.getElementById("choose-files") ?? document.getElementById("main"))?.focus();
        }}
      />
      {files.missing > 0 ? <MissingFiles upload={upload} /> : null}
      <SendingFiles upload={upload} over={over} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={files.ready === 0 ? "Cancel this transfer?" : "Cancel what is not sent yet?"}
        confirmLabel="Cancel all"
        cancelLabel="Go on sending"
        tone="danger"
        onConfirm={() => void cancelAll()}
      >
        {files.ready === 0
          ? "No file has arrived yet, so the transfer is deleted and its link closed."
          : "Files that have arrived stay in the transfer, and it ends with them."}
      </Confirm>
    </section>
  );
}
