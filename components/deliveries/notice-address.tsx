"use client";
import { Bell, BellOff } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { SetNoticeAddress } from "./delivery-actions.ts";

/** Where the signed-in person is told of downloads and of mail that came back; nowhere unless they say so. */
export function NoticeAddress({ email, set }: { email: string; set: SetNoticeAddress }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="sm"
        variant="quiet"
        className="min-w-0 shrink"
        icon={
          email ? <Bell className="size-4 shrink-0" aria-hidden /> : <BellOff className="size-4 shrink-0" aria-hidden />
        }
        onClick={() => setOpen(true)}
      >
        <bdi className="truncate">{email ? `Tell me at ${email}` : "Tell me by mail"}</bdi>
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Tell me by mail"
        description="When a recipient first downloads, when a transfer of yours is about to end, and when a mail could not be delivered. Recipients who answer reach this address."
      >
        <Form email={email} set={set} close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Form({ email, set, close }: { email: string; set: SetNoticeAddress; close: () => void }) {
  const router = useRouter();
  const toast = useToast();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get("email") ?? "");
    setBusy(true);
    const result = await set({ email: given }).catch(() => undefined);
    setBusy(false);
    if (!result?.ok) {
      setError(result ? result.error.message : "The server could not be reached; try again.");
      return;
    }
    toast({
      title: result.value.email ? `You are told at ${result.value.email}` : "You are told on these pages alone",
    });
    router.refresh();
    close();
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="Address" aside="leave empty for none" error={error}>
        {(control) => <Input {...control} type="email" name="email" defaultValue={email} autoComplete="email" />}
      </Field>
      <DialogActions>
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy}>
          Save
        </Button>
      </DialogActions>
    </form>
  );
}
