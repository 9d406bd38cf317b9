"use client";
import { useCallback, useRef, useState } from "react";
import { MAX_RECIPIENTS, type Recipient, sameAddress, withoutDuplicates } from "#lib/kernel/address.ts";
import { parseAddressList } from "#lib/kernel/address-list.ts";

export type RecipientsState = {
  recipients: readonly Recipient[];
  /** What has been typed and is no recipient yet. */
  text: string;
  problem: string | undefined;
  /** What changed last, for those who hear the page. */
  said: string;
  type: (text: string) => void;
  /** Makes recipients of what was typed, or of `more`; answers all of them, or undefined when something can't be read. */
  commit: (more?: string) => readonly Recipient[] | undefined;
  remove: (email: string) => void;
  clear: () => void;
};

const NOTHING = {
  recipients: [] as readonly Recipient[],
  text: "",
  problem: undefined as string | undefined,
  said: "",
};

/** What of it outlives the page. */
export type KeptRecipients = { recipients: readonly Recipient[]; typed: string };

/** Recipients as they are named, one by one or as a list; they begin as they were kept, and each change is told to `keep`. */
export function useRecipients(kept?: KeptRecipients, keep?: (kept: KeptRecipients) => void): RecipientsState {
  const [state, setState] = useState(() =>
    kept ? { ...NOTHING, recipients: kept.recipients, text: kept.typed } : NOTHING,
  );
  const latest = useRef(state);
  const set = useCallback(
    (changes: Partial<typeof NOTHING>) => {
      latest.current = { ...latest.current, ...changes };
      setState(latest.current);
      keep?.({ recipients: latest.current.recipients, typed: latest.current.text });
    },
    [keep],
  );

  const commit = useCallback(
    (more = latest.current.text) => {
      const { recipients } = latest.current;
      const { recipients: read, refused } = parseAddressList(more);
      const all = withoutDuplicates([...recipients, ...read]);
      const [first] = refused;
      // What is too many stays to be looked at, like what can't be read.
      const over = all.slice(MAX_RECIPIENTS);
      const left = [...refused.map(({ text }) => text), ...over.map(writeRecipient)];
      const doubles = recipients.length + read.length - all.length;
      const others = refused.length - 1;
      const problems = [
        ...(first ? [first.problem] : []),
        ...(others > 0 ? [`${others} more can't be read either.`] : []),
        ...(over.length > 0
          ? [`A transfer has at most ${MAX_RECIPIENTS} recipients: what is left here is ${over.length} too many.`]
          : []),
      ];
      set({
        recipients: all.slice(0, MAX_RECIPIENTS),
        text: left.join(left.some((one) => one.includes(",")) ? "; " : ", "),
        problem: problems.join(" ") || undefined,
        said: tell(read, doubles),
      });
      if (problems.length > 0) return undefined;
      return all;
    },
    [set],
  );

  return {
    ...state,
    commit,
    type: useCallback((text: string) => set({ text, problem: undefined }), [set]),
    remove: useCallback(
      (email: string) => {
        const recipients = latest.current.recipients.filter((one) => sameAddress(one.email) !== sameAddress(email));
        set({ recipients, problem: undefined, said: `Removed ${email}.` });
      },
      [set],
    ),
    clear: useCallback(() => set(NOTHING), [set]),
  };
}

/** A recipient as text that is read as the same again. */
export function writeRecipient({ email, name }: Recipient): string {
  if (!name) return email;
  return `${/[",;<>()@:[\]\\]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name} <${email}>`;
}

function tell(read: Recipient[], doubles: number): string {
  const [only] = read;
  if (!only) return "";
  const added = read.length === 1 ? `Added ${only.email}.` : `Added ${read.length} recipients.`;
  if (doubles === 0) return added;
  return doubles === read.length ? "They were named before." : `${added} Some were named before.`;
}
