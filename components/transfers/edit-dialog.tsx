"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { type DetailErrors, errorsOf, lengthErrors } from "./detail-errors.ts";
import { LimitField } from "./limit-field.tsx";
import type { TransferActions } from "./transfer-actions.ts";
import type { TransferCalls } from "./use-transfer-actions.ts";

export type EditDialogProps = {
  transfer: TransferView;
  edit: TransferActions["editTransfer"];
  run: TransferCalls["run"];
  open: boolean;
  onClose: () => void;
};

/** Title, message and download limit, for whoever opens the link as well. */
export function EditDialog({ open, onClose, ...rest }: EditDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Edit transfer"
      description="Everyone who opens the link sees the change at once."
    >
      <EditForm {...rest} onClose={onClose} />
    </Dialog>
  );
}

function EditForm({ transfer, edit, run, onClose }: Omit<EditDialogProps, "open">) {
  const [errors, setErrors] = useState<DetailErrors>({});
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const details = { title: String(form.get("title") ?? ""), message: String(form.get("message") ?? "") };
    const tooLong = lengthErrors(details);
    setErrors(tooLong);
    if (Object.keys(tooLong).length > 0) return;
    setBusy(true);
    const downloadLimit = Number(form.get("downloadLimit"));
    const result = await run(edit({ id: transfer.id, ...details, downloadLimit }), "Saved");
    setBusy(false);
    if (result.ok) onClose();
    else setErrors(errorsOf(result.error));
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="Title" aside="optional" error={errors.title}>
        {(control) => <Input {...control} name="title" defaultValue={transfer.title} autoComplete="off" />}
      </Field>
      <Field label="Message" aside="optional" error={errors.message}>
        {(control) => <Textarea {...control} name="message" defaultValue={transfer.message} rows={5} />}
      </Field>
      <LimitField value={transfer.downloadLimit ?? 0} />
      {errors.form ? (
        <p role="alert" className="text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy}>
          Save
        </Button>
      </DialogActions>
    </form>
  );
}
