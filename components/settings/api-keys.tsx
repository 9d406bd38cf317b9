"use client";
import { KeyRound } from "lucide-react";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { Select } from "#components/ui/select.tsx";
import type { ApiKeyRef, ApiKeyView, CreateApiKey } from "#lib/api-keys/api-key.schema.ts";
import { SCOPE_LABELS } from "#lib/kernel/choices.ts";
import type { KeyScope } from "#lib/kernel/ctx.ts";
import type { Result } from "#lib/kernel/result.ts";
import { Checkboxes } from "./checkboxes.tsx";
import { useSaving } from "./use-saving.ts";

export type ApiKeysProps = {
  keys: ApiKeyView[];
  createApiKey: (input: CreateApiKey) => Promise<Result<{ key: string; view: ApiKeyView }>>;
  revokeApiKey: (input: ApiKeyRef) => Promise<Result<{ revoked: boolean }>>;
};

/** What each scope lets a program do; the first two are what most programs need. */
// Guarantee: its keys are the scopes.
const SCOPES = Object.entries(SCOPE_LABELS) as [scope: KeyScope, label: string][];

const EXPIRIES = [
  { value: 30, label: "30 days" },
  { value: 90, label: "90 days" },
  { value: 365, label: "A year" },
  { value: 0, label: "No end" },
];

/** Keys by which programs act for a member: made, shown once, listed and revoked. */
export function ApiKeys({ keys, createApiKey, revokeApiKey }: ApiKeysProps) {
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyView>();
  const { busy, errors, save } = useSaving([]);

  async function revoke({ id }: ApiKeyView) {
    await save(() => revokeApiKey({ id }), "Revoked: it opens nothing any more");
    setRevoking(undefined);
  }

  return (
    <section aria-labelledby="keys" className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-60 flex-1">
          <h2 id="keys" className="font-semibold text-lg">
            Keys for programs
          </h2>
          <p className="mt-1 text-pretty text-sm text-soft">
            A program that shows a key acts for you, as far as the key’s scopes and your role allow.{" "}
            <Link href="/api-docs" prefetch={false} className="text-hazel underline">
              What programs can do
            </Link>
          </p>
        </div>
        <Button onClick={() => setMaking(true)} icon={<KeyRound className="size-4" aria-hidden />}>
          New key
        </Button>
      </div>
      {keys.length === 0 ? (
        <p className="mt-4 text-sm text-soft">There are none.</p>
      ) : (
        <ul className="mt-4 divide-y divide-line">
          {keys.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
              <KeyFacts apiKey={key} />
              <Button aria-label={`Revoke ${key.name}`} onClick={() => setRevoking(key)}>
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      {errors.form ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      {making ? <NewKey createApiKey={createApiKey} onClose={() => setMaking(false)} /> : null}
      <Confirm
        open={revoking !== undefined}
        onOpenChange={() => setRevoking(undefined)}
        title={`Revoke “${revoking?.name ?? ""}”?`}
        confirmLabel="Revoke"
        busy={busy}
        onConfirm={() => revoking && void revoke(revoking)}
      >
        Programs that use it are refused at once. This can’t be taken back; a new key can be made.
      </Confirm>
    </section>
  );
}

function KeyFacts({ apiKey: { name, hint, scopes, createdAt, usedAt, expiresAt } }: { apiKey: ApiKeyView }) {
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-2 font-medium">
        <bdi className="break-words">{name}</bdi> <code className="font-normal text-faint text-xs">{hint}…</code>
      </p>
      <p className="mt-1 flex flex-wrap gap-1">
        {scopes.map((scope) => (
          <Badge key={scope}>{scope}</Badge>
        ))}
      </p>
      <p className="mt-1 text-sm text-soft">
        {usedAt ? (
          <>
            Last used <LocalTime iso={usedAt} />
          </>
        ) : (
          "Never used"
        )}
        , made on <LocalTime iso={createdAt} format="day" />
        {expiresAt ? (
          <>
            , ends on <LocalTime iso={expiresAt} format="day" />
          </>
        ) : (
          ", without an end"
        )}
      </p>
    </div>
  );
}

/** Asks what the key is for, and then shows it this once. */
function NewKey({ createApiKey, onClose }: Pick<ApiKeysProps, "createApiKey"> & { onClose: () => void }) {
  const { busy, errors, save } = useSaving(["name", "scopes", "expiryDays"]);
  const [made, setMade] = useState<string>();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const days = Number(data.get("expiryDays"));
    const input = {
      name: String(data.get("name")),
      scopes: SCOPES.map(([scope]) => scope).filter((scope) => data.has(scope)),
      ...(days > 0 ? { expiryDays: days } : {}),
    };
    const create = async () => {
      const result = await createApiKey(input);
      if (result.ok) setMade(result.value.key);
      return result;
    };
    void save(create, "The key is made");
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={made ? "Your new key" : "New key"}
      description={made ? "Copy it now: it is shown this once, and kept nowhere in readable form." : undefined}
    >
      {made ? (
        <>
          <p className="mt-3 break-all rounded-control border border-line bg-ink/4 p-3 font-mono text-sm">{made}</p>
          <DialogActions>
            <Button onClick={onClose}>Done</Button>
            <CopyButton value={made} label="Copy key" variant="primary" />
          </DialogActions>
        </>
      ) : (
        <form onSubmit={submit} className="mt-3 flex flex-col gap-4">
          <Field label="Name" hint="What will use it, such as “nightly export”." error={errors.name}>
            {(control) => <Input {...control} name="name" autoComplete="off" maxLength={100} autoFocus />}
          </Field>
          <Checkboxes legend="It may" choices={SCOPES} checked={2} error={errors.scopes} />
          <Field label="Ends after" error={errors.expiryDays}>
            {(control) => <Select {...control} name="expiryDays" defaultValue={90} options={EXPIRIES} />}
          </Field>
          {errors.form ? (
            <p role="alert" className="text-bad text-sm">
              {errors.form}
            </p>
          ) : null}
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" busy={busy}>
              Make key
            </Button>
          </DialogActions>
        </form>
      )}
    </Dialog>
  );
}
