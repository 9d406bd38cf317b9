"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { TRASH_DAYS } from "#lib/kernel/choices.ts";
import { formatCount } from "#lib/kernel/format.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { SetTrashPeriod } from "#lib/workspaces/workspace.schema.ts";

export type TrashFormProps = {
  days: number;
  /** Absent for who may only look. */
  setTrashPeriod: ((input: SetTrashPeriod) => Promise<Result<SetTrashPeriod>>) | undefined;
};

const wordsFor = (days: number): string => (days === 0 ? "Not at all" : formatCount(days, "day"));

/** How long what is deleted can be restored. */
export function TrashForm({ days, setTrashPeriod }: TrashFormProps) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const toast = useToast();
  const choices = [...new Set([...TRASH_DAYS, days])].sort((a, b) => a - b);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!setTrashPeriod) return;
    const chosen = Number(new FormData(event.currentTarget).get("days"));
    setBusy(true);
    const result = await setTrashPeriod({ days: chosen }).catch(() => undefined);
    setBusy(false);
    if (result?.ok) toast({ title: "Saved for what is deleted from now on" });
    setError(
      result?.ok
        ? undefined
        : (result?.error.message ?? "The server could not be reached. Nothing was saved; try again."),
    );
  }

  return (
    <form
      onSubmit={submit}
      aria-labelledby="trash"
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <h2 id="trash" className="font-semibold text-lg">
        Trash
      </h2>
      <p className="mt-1 text-pretty text-sm text-soft">
        A deleted transfer is closed at once. Its files stay in the trash for a while, and count for limits as long;
        then they go for good.
      </p>
      <div className="mt-4 flex flex-wrap items-end justify-between gap-4">
        <Field label="Deleted transfers can be restored for" error={error} className="w-64">
          {(control) => (
            <Select
              {...control}
              name="days"
              defaultValue={days}
              disabled={!setTrashPeriod}
              options={choices.map((value) => ({ value, label: wordsFor(value) }))}
            />
          )}
        </Field>
        {setTrashPeriod ? (
          <Button type="submit" variant="primary" busy={busy}>
            Save
          </Button>
        ) : (
          <p className="text-sm text-soft">Owners and admins can change it.</p>
        )}
      </div>
    </form>
  );
}
