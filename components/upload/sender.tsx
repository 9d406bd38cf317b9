"use client";
import { useEffect } from "react";
import { type DetailErrors, errorsOf, lengthErrors } from "#components/transfers/detail-errors.ts";
import type { TransferActions } from "#components/transfers/transfer-actions.ts";
import type { VisibleError } from "#lib/kernel/errors.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { asVisible } from "#lib/upload-engine/errors.ts";
import type { UploadSource } from "#lib/upload-engine/upload-source.ts";
import { checkPicks } from "./check-picks.ts";
import { Composer, type ComposerValues } from "./composer.tsx";
import { forgetDraft } from "./draft-store.ts";
import { DropArea } from "./drop-area.tsx";
import { clearPicks, getPicks } from "./picks-store.ts";
import { SendingPanel } from "./sending-panel.tsx";
import { UnfinishedTransfers } from "./unfinished-transfers.tsx";
import { showSending, uploadEngine } from "./upload-store.ts";
import { usePicks } from "./use-picks.ts";
import { useSendings } from "./use-uploads.ts";

export type SenderProps = {
  actions: Pick<TransferActions, "deleteTransfer" | "purgeTransfer">;
  /** Files that a transfer holds at most. */
  maxFiles: number;
  /** Days after which a transfer ends where its sender says nothing. */
  expiryDays: number;
};

/** Runs once the browser has nothing better to do; answers what calls it off. */
function whenIdle(work: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work, 200);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: 2000 });
  return () => cancelIdleCallback(handle);
}

/** Why nothing was sent, where the person can mend it. */
function refusalOf({ code, message, details = {} }: VisibleError, files: readonly UploadSource[]): DetailErrors {
  if (code === "NetworkLost") return { form: "The server could not be reached. Nothing was sent; try again." };
  const file = typeof details.file === "number" ? files[details.file] : undefined;
  if (file) return { form: `“${shorten(visibleName(file.path))}” can't be sent. ${message}` };
  return errorsOf({
    code,
    message,
    details: { ...details, path: String(details.path ?? "").replace(/^transfer\./, "") },
  });
}

/** From files to a link: drop, describe, send. The link is there before the first byte. */
export function Sender({ actions, maxFiles, expiryDays }: SenderProps) {
  const picks = usePicks();
  const sendings = useSendings();

  // What hashes is loaded while nobody waits for it.
  useEffect(() => whenIdle(() => void uploadEngine().prepare(getPicks().files)), []);

  async function send(values: ComposerValues): Promise<DetailErrors> {
    const { files } = getPicks();
    const refusal = checkPicks(files, maxFiles);
    const errors = { ...lengthErrors(values), ...(refusal ? { form: refusal } : {}) };
    if (Object.keys(errors).length > 0) return errors;
    try {
      showSending(await uploadEngine().begin(values, files));
      clearPicks();
      forgetDraft();
      return {};
    } catch (error) {
      return refusalOf(asVisible(error), files);
    }
  }

  return (
    <section aria-label="Send files" className="flex flex-col gap-5">
      {picks.files.length > 0 ? (
        <Composer picks={picks} maxFiles={maxFiles} defaultExpiry={expiryDays} onSend={send} />
      ) : null}
      {sendings.map((transfer) => (
        <SendingPanel key={transfer.id} transfer={transfer} actions={actions} />
      ))}
      <UnfinishedTransfers />
      {picks.files.length > 0 ? null : <DropArea busy={sendings.length > 0} picks={picks} />}
    </section>
  );
}
