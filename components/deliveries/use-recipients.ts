"use client";
import { useCallback, useRef, useState } from "react";
import {
  MAX_RECIPIENTS,
  parseAddressList,
  type Recipient,
  sameAddress,
  withoutDuplicates,
} from "#lib/kernel/address.ts";

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

/** Recipients as they are named, one by one or as a list. */
export function useRecipients(): RecipientsState {
  const [state, setState] = useState(NOTHING);
  const latest = useRef(state);
  const set = useCallback((changes: Partial<typeof NOTHING>) => {
    latest.current = { ...latest.current, ...changes };
    setState(latest.current);
  }, []);

  const commit = useCallback(
    (more = latest.current.text) => {
      const { recipients } = latest.current;
      const { recipients: read, refused } = parseAddressList(more);
      const all = withoutDuplicates([...recipients, ...read]);
      const [first] = refused;
      const left = refused.map(({ text }) => text).join(", ");
      const over = all.length - MAX_RECIPIENTS;
      if (over > 0) {
        const problem = `A transfer has at most ${MAX_RECIPIENTS} recipients; these are ${over} too many.`;
        set({ text: more, problem });
        return undefined;
      }
      const doubles = recipients.length + read.length - all.length;
      set({
        recipients: all,
        text: left,
        problem:
          first &&
          (refused.length === 1 ? first.problem : `${first.problem} ${refused.length - 1} more can't be read either.`),
        said: tell(read, doubles),
      });
      return first ? undefined : all;
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

function tell(read: Recipient[], doubles: number): string {
  const [only] = read;
  if (!only) return "";
  const added = read.length === 1 ? `Added ${only.email}.` : `Added ${read.length} recipients.`;
  if (doubles === 0) return added;
  return doubles === read.length ? "They were named before." : `${added} Some were named before.`;
}
