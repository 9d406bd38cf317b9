"use client";
import { useState } from "react";
import type { Result } from "#lib/kernel/result.ts";
import type { CreateTransfer, TransferView } from "#lib/transfers/transfer.schema.ts";
import { Composer, type ComposerValues } from "./composer.tsx";
import { DropArea } from "./drop-area.tsx";
import { SendingPanel } from "./sending-panel.tsx";
import { useUploadEngine } from "./upload-provider.tsx";
import { usePickedFiles } from "./use-picked-files.ts";

export type SenderProps = {
  createTransfer: (input: CreateTransfer) => Promise<Result<TransferView>>;
  /** Called when a transfer has been made or has ended, so that the list can be read again. */
  onChange: () => void;
};

/** From files to a link: drop, describe, send. The link is there before the first byte. */
export function Sender({ createTransfer, onChange }: SenderProps) {
  const engine = useUploadEngine();
  const picked = usePickedFiles();
  const [current, setCurrent] = useState<TransferView>();
  const [error, setError] = useState<string>();

  async function send(values: ComposerValues) {
    if (!engine) return;
    setError(undefined);
    const result = await createTransfer(values);
    if (!result.ok) {
      setError(result.error.message);
      return;
    }
    setCurrent(result.value);
    engine.add(result.value.id, picked.files, { sealWhenDone: true });
    picked.clear();
    onChange();
  }

  return (
    <section aria-label="Send files" className="flex flex-col gap-5">
      {current ? (
        <SendingPanel key={current.id} transfer={current} onEnd={onChange} onDismiss={() => setCurrent(undefined)} />
      ) : null}
      {picked.files.length > 0 ? (
        <Composer picked={picked} ready={engine !== undefined} error={error} onSend={send} />
      ) : (
        <DropArea compact={current !== undefined} picked={picked} />
      )}
    </section>
  );
}
