"use client";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { localMoment } from "#components/ui/format-time.ts";
import { useToast } from "#components/ui/toast.tsx";
import type { Result } from "#lib/kernel/result.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferActions } from "./transfer-actions.ts";
import { nameOf } from "./transfer-name.ts";

/** How long a deletion offers to be taken back where it was made; the trash does so for much longer. */
const UNDO_MS = 10_000;

export type TransferCalls = {
  /** Makes a call and tells how it went: a toast when it worked, the answer for the form when it did not. */
  run: (call: Promise<Result<TransferView>>, done: string) => Promise<Result<TransferView>>;
  /** The same where there is no form: a toast either way. */
  tell: (call: Promise<Result<TransferView>>, done: string) => Promise<void>;
  remove: () => Promise<void>;
  restore: () => Promise<void>;
  purge: () => Promise<void>;
};

/** What can be done with a transfer from its menu. */
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

    const restore = () => tell(actions.restoreTransfer({ id }), `${name} is back`);
    const purge = () => tell(actions.purgeTransfer({ id }), `The files of ${name} are gone for good`);

    async function remove(): Promise<void> {
      const result = await actions.deleteTransfer({ id });
      router.refresh();
      if (!result.ok) {
        toast({ title: result.error.message, tone: "bad" });
        return;
      }
      const until = result.value.restorableUntil;
      toast({
        title: `Deleted ${name}`,
        description: until
          ? `Its link is closed. Until ${localMoment(until)} it can be restored from the trash.`
          : "Its link is closed, and its files go for good.",
        ...(until ? { timeout: UNDO_MS, action: { label: "Undo", onSelect: () => void restore() } } : {}),
      });
    }

    return { run, tell, remove, restore, purge };
  }, [actions, id, name, router, toast]);
}
