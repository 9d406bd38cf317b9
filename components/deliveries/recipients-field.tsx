"use client";
import { X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useRef } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { Field } from "#components/ui/field.tsx";
import { useAfterPress } from "./use-after-press.ts";
import { type RecipientsState, writeRecipient } from "./use-recipients.ts";

export type RecipientsFieldProps = {
  state: RecipientsState;
  error?: string | undefined;
  hint?: string;
  aside?: string;
  className?: string;
};

/** Addresses become chips with Enter, a comma or a semicolon; a list is pasted whole; Backspace takes the last one back. */
export function RecipientsField({ state, error, hint, aside, className }: RecipientsFieldProps) {
  const { recipients, text, problem, said, type, commit, remove } = state;
  const input = useRef<HTMLInputElement>(null);
  const commitWhenLeft = useAfterPress(() => {
    if (input.current?.value.trim() && document.activeElement !== input.current) commit();
  });

  function keyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const last = recipients.at(-1);
    const typed = event.currentTarget.value;
    // In quotes a comma belongs to the name, and so does one before there is an address: `Lind, Ana <ana@…`.
    const separates =
      /^[,;，；、،]$/.test(event.key) &&
      (typed.match(/"/g)?.length ?? 0) % 2 === 0 &&
      (typed.trim() === "" || typed.includes("@"));
    if (event.key === "Enter" || separates) {
      // Also where nothing is typed: whoever ends a list with Enter has not said that all is to be sent.
      event.preventDefault();
      if (typed.trim() !== "") commit();
    } else if (event.key === "Backspace" && text === "" && last) {
      event.preventDefault();
      remove(last.email);
      type(writeRecipient(last));
    }
  }

  function paste(event: ClipboardEvent<HTMLInputElement>) {
    const pasted = event.clipboardData.getData("text");
    const ats = pasted.match(/@/g)?.length ?? 0;
    // A single address may be in the middle of being put together.
    if (ats === 0 || (ats < 2 && !/[,;\n\t<，；、،＜]/.test(pasted.trim()))) return;
    event.preventDefault();
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    const before = value.slice(0, selectionStart ?? value.length);
    const after = value.slice(selectionEnd ?? value.length);
    commit(`${before}${before.includes("@") ? "\n" : ""}${pasted}${after.trim() === "" ? "" : `\n${after}`}`);
  }

  return (
    <Field label="Recipients" aside={aside} hint={hint} error={problem ?? error} className={className ?? ""}>
      {(control) => (
        <div
          className={classNames(
            "flex max-h-40 min-h-10 flex-wrap items-center gap-1.5 overflow-y-auto rounded-control border bg-surface p-1.5 transition-[border-color]",
            "focus-within:border-hazel focus-within:outline-2 focus-within:outline-hazel/45 hover:border-edge",
            problem || error ? "border-bad" : "border-edge/70",
          )}
        >
          {recipients.length > 0 ? (
            <ul aria-label="Named so far" className="contents">
              {recipients.map(({ email, name }) => (
                <li
                  key={email}
                  className="flex min-w-0 max-w-full items-center rounded-full bg-hazel-wash py-0.5 pr-0.5 pl-2.5 text-[0.8125rem]"
                  title={email}
                >
                  <bdi className="truncate">{name ? `${name} <${email}>` : email}</bdi>
                  <button
                    type="button"
                    aria-label={`Remove ${email}`}
                    className="ml-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded-full text-soft hover:bg-ink/10 hover:text-ink"
                    onClick={() => {
                      remove(email);
                      input.current?.focus();
                    }}
                  >
                    <X className="size-3.5" aria-hidden />
                  </button>
                </li>
              ))}
            </ul>
          ) : null}
          <input
            {...control}
            ref={input}
            name="recipients"
            type="text"
            inputMode="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder={recipients.length === 0 ? "ana@example.org, bob@example.org" : ""}
            className="min-w-40 flex-1 bg-transparent px-1.5 py-0.5 text-base text-ink outline-none placeholder:text-faint sm:text-sm"
            value={text}
            onChange={(event) => type(event.target.value)}
            onKeyDown={keyDown}
            onPaste={paste}
            onBlur={commitWhenLeft}
          />
          <span role="status" className="sr-only">
            {said}
          </span>
        </div>
      )}
    </Field>
  );
}
