"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState } from "react";
import { shorten, visibleName } from "#components/files/build-tree.ts";
import { Button } from "#components/ui/button.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { localMoment } from "#components/ui/format-time.ts";
import { LocalTime } from "#components/ui/local-time.tsx";
import { Select } from "#components/ui/select.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { FileOfTransfer, FileView } from "#lib/files/file.schema.ts";
import type { Result } from "#lib/kernel/result.ts";

export type TakeOutProps = {
  transferId: string;
  files: FileView[];
  actions: {
    removeFile: (input: FileOfTransfer) => Promise<Result<{ restorableUntil: string }>>;
    restoreFile: (input: FileOfTransfer) => Promise<Result<{ restored: true }>>;
  };
};

const ARRIVED = new Set<FileView["state"]>(["stored", "ready", "infected", "unscannable", "failed"]);
const called = ({ path }: FileView): string => shorten(visibleName(path));

/** Takes a file out that was sent by mistake, and puts back what can be. */
export function TakeOut({ transferId, files, actions }: TakeOutProps) {
  const router = useRouter();
  const toast = useToast();
  const label = useId();
  const [asking, setAsking] = useState<FileView>();
  const [busy, setBusy] = useState(false);
  const there = files.filter(({ state }) => ARRIVED.has(state));
  const removed = files.filter(({ state, restorableUntil }) => state === "removed" && restorableUntil);
  if (there.length === 0 && removed.length === 0) return null;

  async function restore(file: FileView) {
    const result = await actions.restoreFile({ id: transferId, ordinal: file.ordinal });
    toast(result.ok ? { title: `${called(file)} is back` } : { title: result.error.message, tone: "bad" });
    router.refresh();
  }
  async function remove(file: FileView) {
    setBusy(true);
    const result = await actions.removeFile({ id: transferId, ordinal: file.ordinal });
    setBusy(false);
    setAsking(undefined);
    toast(
      result.ok
        ? {
            title: `${called(file)} is taken out`,
            description: `Until ${localMoment(result.value.restorableUntil)} it can be put back.`,
            timeout: 10_000,
            action: { label: "Undo", onSelect: () => void restore(file) },
          }
        : { title: result.error.message, tone: "bad" },
    );
    router.refresh();
  }
  function ask(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const chosen = Number(new FormData(event.currentTarget).get("ordinal"));
    setAsking(there.find(({ ordinal }) => ordinal === chosen));
  }

  return (
    <details className="rounded-card border border-line bg-surface px-4 py-3 text-sm" open={removed.length > 0}>
      <summary className="cursor-pointer font-medium">Take a file out</summary>
      {removed.length > 0 ? (
        <ul aria-label="Files that were taken out" className="mt-3 divide-y divide-line">
          {removed.map((file) => (
            <li key={file.ordinal} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
              <bdi className="min-w-0 flex-1 [overflow-wrap:anywhere]">{called(file)}</bdi>
              <span className="text-[0.8125rem] text-soft">
                can be put back until <LocalTime iso={file.restorableUntil ?? ""} format="minute" />
              </span>
              <Button size="sm" aria-label={`Put back ${called(file)}`} onClick={() => void restore(file)}>
                Put back
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {there.length > 0 ? (
        <form onSubmit={ask} className="mt-3 flex flex-wrap items-center gap-2">
          <label htmlFor={label} className="sr-only">
            File to take out
          </label>
          <Select
            id={label}
            name="ordinal"
            className="min-w-0 max-w-sm flex-1"
            options={there.map((file) => ({ value: file.ordinal, label: called(file) }))}
          />
          <Button type="submit">Take out</Button>
        </form>
      ) : null}
      <Confirm
        open={asking !== undefined}
        onOpenChange={(open) => !open && setAsking(undefined)}
        title="Take this file out?"
        confirmLabel="Take out"
        busy={busy}
        onConfirm={() => asking && void remove(asking)}
      >
        Nobody can view or download {asking ? called(asking) : "it"} any more. Whoever has it already keeps it.
      </Confirm>
    </details>
  );
}
