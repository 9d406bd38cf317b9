"use client";
import { useEffect } from "react";
import { type DetailErrors, errorsOf, lengthErrors } from "#components/transfers/detail-errors.ts";
import type { TransferActions } from "#components/transfers/transfer-actions.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { CreateTransfer, TransferView } from "#lib/transfers/transfer.schema.ts";
import { checkPicks } from "./check-picks.ts";
import { Composer, type ComposerValues } from "./composer.tsx";
import { DropArea } from "./drop-area.tsx";
import { clearPicks, getPicks } from "./picks-store.ts";
import { SendingPanel } from "./sending-panel.tsx";
import { UnfinishedTransfers } from "./unfinished-transfers.tsx";
import { showSending, uploadEngine } from "./upload-store.ts";
import { usePicks } from "./use-picks.ts";
import { useSendings } from "./use-uploads.ts";

export type SenderProps = {
  createTransfer: (input: CreateTransfer) => Promise<Result<TransferView>>;
  actions: Pick<TransferActions, "deleteTransfer" | "purgeTransfer">;
  /** Files that a transfer holds at most. */
  maxFiles: number;
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

/** From files to a link: drop, describe, send. The link is there before the first byte. */
export function Sender({ createTransfer, actions, maxFiles }: SenderProps) {
  const picks = usePicks();
  const sendings = useSendings();

  // What hashes is loaded while nobody waits for it.
  useEffect(() => whenIdle(() => uploadEngine().prepare(getPicks().files)), []);

  async function send(values: ComposerValues): Promise<DetailErrors> {
    const { files } = getPicks();
    const refusal = checkPicks(files, maxFiles);
    const errors = { ...lengthErrors(values), ...(refusal ? { form: refusal } : {}) };
    if (Object.keys(errors).length > 0) return errors;
    const result = await createTransfer(values).catch(() => undefined);
    if (!result) return { form: "The server could not be reached. Nothing was sent; try again." };
    if (!result.ok) return errorsOf(result.error);
    uploadEngine().add(result.value.id, files, { sealWhenDone: true, about: result.value });
    showSending(result.value);
    clearPicks();
    return {};
  }

  return (
    <section aria-label="Send files" className="flex flex-col gap-5">
      {picks.files.length > 0 ? <Composer picks={picks} maxFiles={maxFiles} onSend={send} /> : null}
      {sendings.map((transfer) => (
        <SendingPanel key={transfer.id} transfer={transfer} actions={actions} />
      ))}
      <UnfinishedTransfers />
      {picks.files.length > 0 ? null : <DropArea compact={sendings.length > 0} picks={picks} />}
    </section>
  );
}
