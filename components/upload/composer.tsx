"use client";
import { X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { RecipientsField } from "#components/deliveries/recipients-field.tsx";
import { useRecipients } from "#components/deliveries/use-recipients.ts";
import type { DetailErrors } from "#components/transfers/detail-errors.ts";
import { LimitField } from "#components/transfers/limit-field.tsx";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Field } from "#components/ui/field.tsx";
import { IconButton } from "#components/ui/icon-button.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { VirtualList } from "#components/ui/virtual-list.tsx";
import type { Recipient } from "#lib/kernel/address.ts";
import { EXPIRY_DAYS } from "#lib/kernel/choices.ts";
import { formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { AGAIN_ID, AgainQuestion } from "./again-question.tsx";
import { checkPicks, sayLeftOut } from "./check-picks.ts";
import { getDraft, keepDraft } from "./draft-store.ts";
import { PickButtons } from "./drop-area.tsx";
import type { Again } from "./picks-again.ts";
import { answerAgain, clearPicks, type Picks, removePick } from "./picks-store.ts";
import { uploadEngine } from "./upload-store.ts";

export type ComposerValues = {
  title: string;
  message: string;
  expiryDays: number;
  downloadLimit: number;
  recipients: Recipient[];
};
export type ComposerProps = {
  picks: Picks;
  maxFiles: number;
  /** Days after which it expires unless the sender chooses otherwise. */
  defaultExpiry: number;
  /** Answers what is wrong, by the field it belongs to; nothing when it is on its way. */
  onSend: (values: ComposerValues) => Promise<DetailErrors>;
};

const EXPIRIES = EXPIRY_DAYS.map((days) => ({ value: days, label: days === 1 ? "in 1 day" : `in ${days} days` }));

/** What is about to be sent, and the words that go with it. */
export function Composer({ picks, maxFiles, defaultExpiry, onSend }: ComposerProps) {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<DetailErrors>({});
  const heading = useRef<HTMLHeadingElement>(null);
  const [draft] = useState(getDraft);
  const people = useRecipients(draft, keepDraft);
  const { files, unreadable, emptyFolders } = picks;
  const bytes = files.reduce((sum, file) => sum + file.blob.size, 0);
  const refusal = checkPicks(files, maxFiles);

  // The button that opened the picker has gone.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    void uploadEngine().prepare(files);
  }, [files]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    if (picks.again.length > 0) {
      setErrors({ form: "Say first what shall be done with the files that are in the list already." });
      return document.getElementById(AGAIN_ID)?.focus();
    }
    const recipients = people.commit();
    if (!recipients) return focusOn(form, "recipients");
    setBusy(true);
    const found = await onSend({
      title: String(data.get("title") ?? ""),
      message: String(data.get("message") ?? ""),
      expiryDays: Number(data.get("expiryDays")),
      downloadLimit: Number(data.get("downloadLimit")),
      recipients: [...recipients],
    });
    setBusy(false);
    setErrors(found);
    const wrong = (["recipients", "title", "message", "expiryDays"] as const).find((name) => found[name]);
    if (wrong) focusOn(form, wrong);
  }

  /** Whatever is written or chosen is kept while the pages change. */
  function keep({ target }: FormEvent<HTMLFormElement>) {
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      if (target.name === "title" || target.name === "message") keepDraft({ [target.name]: target.value });
    } else if (target instanceof HTMLSelectElement) keepDraft({ [target.name]: Number(target.value) });
  }

  function answer(given: Again) {
    answerAgain(given);
    setErrors({});
    heading.current?.focus({ preventScroll: true });
  }

  function remove(index: number) {
    removePick(index);
    heading.current?.focus({ preventScroll: true });
  }

  return (
    <form
      onSubmit={submit}
      onChange={keep}
      noValidate
      aria-label="New transfer"
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-3">
        <h2 ref={heading} tabIndex={-1} className="tnum mr-auto rounded-sm font-semibold text-lg outline-none">
          {formatCount(files.length, "file")}, <Bytes value={bytes} />
        </h2>
        <PickButtons />
        <Button variant="quiet" onClick={clearPicks}>
          Remove all
        </Button>
      </div>
      <VirtualList
        label="Files to send"
        count={files.length}
        rowHeight={41}
        className="mt-4 max-h-64 rounded-control border border-line"
        row={(index) => <PickRow file={files[index]} remove={() => remove(index)} />}
      />
      <AgainQuestion picks={picks} onAnswer={answer} />
      {refusal ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {refusal}
        </p>
      ) : null}
      {emptyFolders.length > 0 ? (
        <p role="status" className="mt-3 text-sm text-soft">
          {sayLeftOut(emptyFolders.length)} <bdi>{shorten(visibleName(emptyFolders[0] ?? ""))}</bdi>
        </p>
      ) : null}
      {unreadable.length > 0 ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {unreadable.length === 1 ? "One file" : formatCount(unreadable.length, "file")} could not be read and will not
          be sent, the first: <bdi>{shorten(visibleName(unreadable[0]?.path ?? ""))}</bdi>
        </p>
      ) : null}
      <div className="mt-5 grid grid-cols-1 gap-4 sm:grid-cols-[minmax(0,1fr)_10rem]">
        <RecipientsField
          state={people}
          error={errors.recipients}
          aside="optional"
          hint="Each gets a mail with a link of their own once all is sent. Without recipients you share the link yourself."
          className="sm:col-span-2"
        />
        <Field label="Title" aside="optional" error={errors.title}>
          {(control) => (
            <Input
              {...control}
              name="title"
              defaultValue={draft.title}
              autoComplete="off"
              enterKeyHint="next"
              onKeyDown={goOnToMessage}
            />
          )}
        </Field>
        <Field label="Expires" error={errors.expiryDays}>
          {(control) => (
            <Select
              {...control}
              name="expiryDays"
              options={EXPIRIES}
              defaultValue={draft.expiryDays || defaultExpiry}
            />
          )}
        </Field>
        <Field label="Message" aside="optional" error={errors.message}>
          {(control) => <Textarea {...control} name="message" defaultValue={draft.message} rows={3} />}
        </Field>
        <LimitField value={draft.downloadLimit} />
      </div>
      {errors.form && errors.form !== refusal ? (
        <p role="alert" className="mt-4 text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      <div className="mt-5 flex justify-end">
        <Button type="submit" variant="primary" size="lg" busy={busy} className="w-full sm:w-auto">
          <SendWords named={people.recipients.length > 0 || people.text.trim() !== ""} />
        </Button>
      </div>
    </form>
  );
}

/** Both wordings take up the same room, so that the button keeps its width and place whatever is typed. */
function SendWords({ named }: { named: boolean }) {
  const look = (shown: boolean) => `col-start-1 row-start-1 ${shown ? "" : "invisible"}`;
  return (
    <span className="grid">
      <span className={look(named)}>Send</span>
      <span className={look(!named)}>Create link and send</span>
    </span>
  );
}

/** Enter in a line of text goes on to the next one; only the button sends. */
function goOnToMessage(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
  event.preventDefault();
  const { form } = event.currentTarget;
  if (form) focusOn(form, "message");
}

function focusOn(form: HTMLFormElement, name: string): void {
  const control = form.elements.namedItem(name);
  if (control instanceof HTMLElement) control.focus();
}

function PickRow({ file, remove }: { file: Picks["files"][number] | undefined; remove: () => void }) {
  if (!file) return null;
  const name = visibleName(file.path);
  return (
    <div className="flex min-h-10 items-center gap-3 border-line border-b py-1 pr-1 pl-3">
      <bdi className="min-w-0 flex-1 text-sm [overflow-wrap:anywhere]" title={name}>
        {shorten(name)}
      </bdi>
      <Bytes value={file.blob.size} className="text-[0.8125rem] text-soft" />
      <IconButton label={`Remove ${shorten(name)}`} icon={<X aria-hidden />} size="sm" onClick={remove} />
    </div>
  );
}
