"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { WebhookEvent } from "#lib/kernel/webhook-events.ts";
import { Checkboxes } from "./checkboxes.tsx";
import { useSaving } from "./use-saving.ts";
import type { WebhookActions } from "./webhook-actions.ts";

const EVENTS: [event: WebhookEvent, label: string][] = [
  ["transfer.ready", "A transfer is complete and checked"],
  ["transfer.blocked", "Files of it are not handed out"],
  ["transfer.opened", "A recipient opens it"],
  ["transfer.downloaded", "A recipient downloads from it"],
  ["transfer.expired", "It has ended"],
];

/** Asks where to and about what, and then shows the secret this once. */
export function NewWebhook({
  createWebhook,
  onClose,
}: Pick<WebhookActions, "createWebhook"> & { onClose: () => void }) {
  const { busy, errors, save } = useSaving(["url", "events", "description"]);
  const [secret, setSecret] = useState<string>();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const create = async () => {
      const result = await createWebhook({
        url: String(data.get("url")),
        description: String(data.get("description")),
        events: EVENTS.map(([name]) => name).filter((name) => data.has(name)),
      });
      if (result.ok) setSecret(result.value.secret);
      return result;
    };
    void save(create, "The webhook is made");
  }

  if (secret) return <ShownSecret title="Its secret" secret={secret} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={onClose} title="New webhook">
      <form onSubmit={submit} noValidate className="mt-3 flex flex-col gap-4">
        <Field label="URL" hint="What Dormouse calls, such as https://example.com/hook." error={errors.url}>
          {(control) => <Input {...control} name="url" type="url" autoComplete="off" maxLength={2000} autoFocus />}
        </Field>
        <Checkboxes legend="When" choices={EVENTS} checked={2} error={errors.events} />
        <Field label="Description" hint="For yourselves; it may stay empty." error={errors.description}>
          {(control) => <Input {...control} name="description" autoComplete="off" maxLength={100} />}
        </Field>
        {errors.form ? (
          <p role="alert" className="text-bad text-sm">
            {errors.form}
          </p>
        ) : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Make webhook
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** A secret that was just made. */
export function ShownSecret({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description="Copy it now, it is shown this once: by it the receiver knows that a call comes from here."
    >
      <p className="mt-3 break-all rounded-control border border-line bg-ink/4 p-3 font-mono text-sm">{secret}</p>
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
        <CopyButton value={secret} label="Copy secret" variant="primary" />
      </DialogActions>
    </Dialog>
  );
}
