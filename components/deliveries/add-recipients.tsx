"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DeliveryActions } from "./delivery-actions.ts";
import { RecipientsField } from "./recipients-field.tsx";
import { useRecipients } from "./use-recipients.ts";

export type AddRecipientsProps = { transferId: string; add: DeliveryActions["addDeliveries"]; close: () => void };

/** More recipients for a transfer, in its page. */
export function AddRecipients({ transferId, add, close }: AddRecipientsProps) {
  const router = useRouter();
  const toast = useToast();
  const state = useRecipients();
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const focus = () => form.current?.querySelector<HTMLInputElement>("input[name=recipients]")?.focus();

  useEffect(() => form.current?.querySelector<HTMLInputElement>("input[name=recipients]")?.focus(), []);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setError(undefined);
    const recipients = state.commit();
    if (!recipients) return focus();
    if (recipients.length === 0) {
      setError("Name at least one recipient.");
      return focus();
    }
    setBusy(true);
    const result = await add({ transferId, recipients: [...recipients] }).catch(() => undefined);
    setBusy(false);
    if (!result?.ok) {
      setError(result ? result.error.message : "The server could not be reached. Nobody was added; try again.");
      return focus();
    }
    const { added, known } = result.value;
    toast({
      title: added === 1 ? "1 recipient added" : `${added} recipients added`,
      ...(known.length > 0 ? { description: `${known.join(", ")}: a recipient before, and not mailed again.` } : {}),
    });
    router.refresh();
    close();
  }

  return (
    <form
      ref={form}
      onSubmit={submit}
      noValidate
      aria-label="Add recipients"
      className="border-line border-t px-4 py-4"
    >
      <RecipientsField state={state} error={error} hint="Each gets a mail and a link of their own." />
      <div className="mt-3 flex flex-wrap justify-end gap-2">
        <Button size="sm" onClick={close}>
          Cancel
        </Button>
        <Button size="sm" type="submit" variant="primary" busy={busy}>
          Add and mail
        </Button>
      </div>
    </form>
  );
}
