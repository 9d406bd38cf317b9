"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { LIMITED } from "#lib/kernel/choices.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import { limitOf, shownLimit } from "./limit-input.ts";

export type LimitsFormProps = {
  limits: Limits;
  /** Absent for who may only look. */
  setLimits: ((limits: Limits) => Promise<Result<Limits>>) | undefined;
};

const WORDS: Record<(typeof LIMITED)[number], { label: string; hint: string }> = {
  file: { label: "One file", hint: "A single file of any transfer." },
  transfer: { label: "One transfer", hint: "All files that travel together." },
  member: { label: "Each member", hint: "All transfers of a member that are still there." },
  workspace: { label: "The workspace", hint: "All transfers that are still there." },
};

/** What may be reserved before bytes move; a field that is left empty is no limit. */
export function LimitsForm({ limits, setLimits }: LimitsFormProps) {
  const [errors, setErrors] = useState<Partial<Record<keyof Limits | "form", string>>>({});
  const [busy, setBusy] = useState(false);
  const toast = useToast();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const entries = LIMITED.map((what) => [what, limitOf(String(data.get(what) ?? ""))] as const);
    const wrong = entries.filter(([, limit]) => limit === "wrong");
    setErrors(Object.fromEntries(wrong.map(([what]) => [what, "Write a number of gigabytes, such as 50 or 0.5."])));
    if (wrong.length > 0 || !setLimits) return;
    setBusy(true);
    const result = await setLimits(Object.fromEntries(entries.filter(([, limit]) => limit !== undefined))).catch(
      () => undefined,
    );
    setBusy(false);
    if (result?.ok) toast({ title: "Limits saved" });
    else setErrors({ form: result?.error.message ?? "The server could not be reached. Nothing was saved; try again." });
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      aria-labelledby="limits"
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <h2 id="limits" className="font-semibold text-lg">
        Limits
      </h2>
      <p className="mt-1 text-sm text-soft">
        Checked before a byte moves. Leave a field empty for no limit; what is there already stays.
      </p>
      <div className="mt-5 grid gap-4 sm:grid-cols-2">
        {LIMITED.map((what) => (
          <Field key={what} label={WORDS[what].label} aside="GB" hint={WORDS[what].hint} error={errors[what]}>
            {(control) => (
              <Input
                {...control}
                name={what}
                inputMode="decimal"
                autoComplete="off"
                placeholder="no limit"
                defaultValue={shownLimit(limits[what])}
                disabled={!setLimits}
                className="tnum"
              />
            )}
          </Field>
        ))}
      </div>
      {errors.form ? (
        <p role="alert" className="mt-4 text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      {setLimits ? (
        <div className="mt-5 flex justify-end">
          <Button type="submit" variant="primary" busy={busy}>
            Save
          </Button>
        </div>
      ) : (
        <p className="mt-4 text-sm text-soft">Owners and admins can change them.</p>
      )}
    </form>
  );
}
