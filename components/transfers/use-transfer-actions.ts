"use client";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { useToast } from "#components/ui/toast.tsx";
import type { Result } from "#lib/kernel/result.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferActions } from "./transfer-actions.ts";
import { nameOf } from "./transfer-name.ts";

const UNDO_MS = 10_000;

/** Deletions whose files go when their toast does, by the transfer's id; whoever settles one first decides. */
const undecided = new Map<string, symbol>();

/** True for the one who decides what becomes of this deletion. */
function settle(id: string, deletion?: symbol): boolean {
  if (deletion && undecided.get(id) !== deletion) return false;
  return undecided.delete(id);
}

export type TransferCalls = {
  /** Makes a call and tells how it went: a toast when it worked, the answer for the form when it did not. */
  run: (call: Promise<Result<TransferView>>, done: string) => Promise<Result<TransferView>>;
  /** The same where there is no form: a toast either way. */
  tell: (call: Promise<Result<TransferView>>, done: string) => Promise<void>;
  remove: () => Promise<void>;
  restore: () => Promise<void>;
  purge: () => Promise<void>;
};

/** What can be done with a transfer from its menu. A deletion can be taken back until its toast closes. */
export function useTransferActions(transfer: TransferView, actions: TransferActions): TransferCalls {
  const router = useRouter();
  const toast = useToast();
  const { id } = transfer;
  const name = nameOf(transfer);

  return useMemo(() => {
    async function run(call: Promise<Result<TransferView>>, done: string): Promise<Result<TransferView>> {
      const result = await call;
      if (result.ok) toast({ title: done });
      router.refresh();
      return result;
    }

    async function tell(call: Promise<Result<TransferView>>, done: string): Promise<void> {
      const result = await run(call, done);
      if (!result.ok) toast({ title: result.error.message, tone: "bad" });
    }

    async function restore(): Promise<void> {
      settle(id);
      await tell(actions.restoreTransfer({ id }), `${name} is back`);
    }

    async function remove(): Promise<void> {
      const result = await actions.deleteTransfer({ id });
      router.refresh();
      if (!result.ok) {
        toast({ title: result.error.message, tone: "bad" });
        return;
      }
      const deletion = Symbol(id);
      undecided.set(id, deletion);
      toast({
        title: `Deleted ${name}`,
        description: "Its link is closed.",
        timeout: UNDO_MS,
        action: { label: "Undo", onSelect: () => void restore() },
        onClose: () => {
          if (settle(id, deletion)) void forget();
        },
      });
    }

    async function forget(): Promise<void> {
      const result = await actions.purgeTransfer({ id });
      if (!result.ok) toast({ title: `The files of ${name} are still there`, description: result.error.message });
      router.refresh();
    }

    async function purge(): Promise<void> {
      settle(id);
      await tell(actions.purgeTransfer({ id }), `The files of ${name} are gone for good`);
    }

    return { run, tell, remove, restore, purge };
  }, [actions, id, name, router, toast]);
}
