"use client";
import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { shorten, visibleName } from "#components/files/build-tree.ts";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Field } from "#components/ui/field.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { DEFAULT_EXPIRY_DAYS, EXPIRY_DAYS } from "#lib/transfers/transfer.schema.ts";
import { PickButtons } from "./drop-area.tsx";
import type { PickedFiles } from "./use-picked-files.ts";

export type ComposerValues = { title: string; message: string; expiryDays: number };
export type ComposerProps = {
  picked: PickedFiles;
  ready: boolean;
  error: string | undefined;
  onSend: (values: ComposerValues) => Promise<void>;
};

/** Rows of the list of picked files that are drawn; beyond, only their number is said. */
const SHOWN = 200;

const EXPIRIES = EXPIRY_DAYS.map((days) => ({ value: days, label: days === 1 ? "in 1 day" : `in ${days} days` }));

/** What is about to be sent, and the words that go with it. */
export function Composer({ picked, ready, error, onSend }: ComposerProps) {
  const [busy, setBusy] = useState(false);
  const { files } = picked;
  const bytes = files.reduce((sum, file) => sum + file.blob.size, 0);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    await onSend({
      title: String(form.get("title") ?? ""),
      message: String(form.get("message") ?? ""),
      expiryDays: Number(form.get("expiryDays")),
    });
    setBusy(false);
  }

  return (
    <form onSubmit={submit} className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="mr-auto text-lg font-semibold">
          <span className="tnum">{files.length.toLocaleString("en")}</span> {files.length === 1 ? "file" : "files"},{" "}
          <Bytes value={bytes} />
        </h2>
        <PickButtons choose={picked.choose} />
        <Button variant="quiet" onClick={picked.clear}>
          Remove all
        </Button>
      </div>
      <ul className="mt-4 max-h-64 overflow-y-auto rounded-control border border-line" aria-label="Files to send">
        {files.slice(0, SHOWN).map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two picked files may have one path
          <li key={`${index}/${file.path}`} className="flex items-center gap-3 border-line px-3 py-1 not-last:border-b">
            <bdi className="min-w-0 flex-1 text-sm [overflow-wrap:anywhere]" title={visibleName(file.path)}>
              {shorten(visibleName(file.path))}
            </bdi>
            <Bytes value={file.blob.size} className="text-[0.8125rem] text-soft" />
            <IconButton
              label={`Remove ${shorten(visibleName(file.path))}`}
              icon={<X aria-hidden />}
              size="sm"
              onClick={() => picked.remove(index)}
            />
          </li>
        ))}
        {files.length > SHOWN ? (
          <li className="px-3 py-2 text-faint text-sm">and {(files.length - SHOWN).toLocaleString("en")} more</li>
        ) : null}
      </ul>
      {picked.unreadable.length > 0 ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {picked.unreadable.length === 1 ? "One file" : `${picked.unreadable.length} files`} could not be read and will
          not be sent, the first: <bdi>{shorten(visibleName(picked.unreadable[0]?.path ?? ""))}</bdi>
        </p>
      ) : null}
      <div className="mt-5 grid gap-4 sm:grid-cols-[1fr_10rem]">
        <Field label="Title" aside="optional">
          {(control) => <Input {...control} name="title" maxLength={200} autoComplete="off" />}
        </Field>
        <Field label="Expires">
          {(control) => <Select {...control} name="expiryDays" options={EXPIRIES} defaultValue={DEFAULT_EXPIRY_DAYS} />}
        </Field>
        <Field label="Message" aside="optional" className="sm:col-span-2">
          {(control) => <Textarea {...control} name="message" maxLength={5000} rows={3} />}
        </Field>
      </div>
      {error ? (
        <p role="alert" className="mt-4 text-bad text-sm">
          {error}
        </p>
      ) : null}
      <div className="mt-5 flex justify-end">
        <Button type="submit" variant="primary" size="lg" busy={busy} disabled={!ready}>
          Create link and send
        </Button>
      </div>
    </form>
  );
}
