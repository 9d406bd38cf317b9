"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { ScanPolicy, UnscannablePolicy } from "#lib/kernel/choices.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { SetScanPolicy } from "#lib/workspaces/workspace.schema.ts";

export type ScanPolicyFormProps = {
  policy: ScanPolicy;
  /** What happens with files that can't be scanned. */
  unscannable: UnscannablePolicy;
  /** Absent for who may only look. */
  setScanPolicy: ((input: SetScanPolicy) => Promise<Result<SetScanPolicy>>) | undefined;
};

const CHOICES: { policy: ScanPolicy; label: string; hint: string }[] = [
  {
    policy: "before",
    label: "Scan first, then open",
    hint: "Nobody gets a file before it was looked through for viruses.",
  },
  {
    policy: "after",
    label: "Open at once, scan meanwhile",
    hint: "Recipients need not wait. What turns out infected is closed again.",
  },
  {
    policy: "off",
    label: "Don't scan",
    hint: "For senders whom everybody trusts. Recipients can't tell the difference.",
  },
];

/** When files open: what a workspace weighs between care and haste. */
export function ScanPolicyForm({ policy, unscannable, setScanPolicy }: ScanPolicyFormProps) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const toast = useToast();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!setScanPolicy) return;
    const data = new FormData(event.currentTarget);
    const given = data.get("policy");
    const held = data.get("unscannable") === "hold";
    const chosen = CHOICES.find((choice) => choice.policy === given);
    if (!chosen) return;
    setBusy(true);
    const result = await setScanPolicy({ policy: chosen.policy, unscannable: held ? "hold" : "deliver" }).catch(
      () => undefined,
    );
    setBusy(false);
    setError(
      result?.ok
        ? undefined
        : (result?.error.message ?? "The server could not be reached. Nothing was saved; try again."),
    );
    if (result?.ok) toast({ title: "Saved for transfers from now on" });
  }

  return (
    <form
      onSubmit={submit}
      aria-labelledby="scan"
      className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6"
    >
      <h2 id="scan" className="font-semibold text-lg">
        Virus scan
      </h2>
      <p className="mt-1 text-sm text-soft">When files open. Transfers that are there already keep what they have.</p>
      <fieldset disabled={!setScanPolicy} aria-labelledby="scan" className="mt-3 flex flex-col gap-1">
        {CHOICES.map((choice) => (
          <label
            key={choice.policy}
            className="flex cursor-pointer gap-3 rounded-control px-3 py-2.5 hover:bg-ink/4 has-checked:bg-hazel-wash has-disabled:cursor-default has-disabled:hover:bg-transparent"
          >
            <input
              type="radio"
              name="policy"
              value={choice.policy}
              defaultChecked={choice.policy === policy}
              className="mt-1 size-4 shrink-0 accent-hazel"
            />
            <span>
              <span className="block font-medium text-sm">{choice.label}</span>
              <span className="block text-[0.8125rem] text-soft">{choice.hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="mt-3 flex cursor-pointer gap-3 border-line border-t px-3 pt-4 has-disabled:cursor-default">
        <input
          type="checkbox"
          name="unscannable"
          value="hold"
          defaultChecked={unscannable === "hold"}
          disabled={!setScanPolicy}
          className="mt-1 size-4 shrink-0 accent-hazel"
        />
        <span>
          <span className="block font-medium text-sm">Hold back what can't be scanned</span>
          <span className="block text-[0.8125rem] text-soft">
            Such as an archive with a password. Otherwise it is delivered with a mark, “not scanned: encrypted”. You can
            open or close any file by hand.
          </span>
        </span>
      </label>
      {error ? (
        <p role="alert" className="mt-4 text-bad text-sm">
          {error}
        </p>
      ) : null}
      {setScanPolicy ? (
        <div className="mt-4 flex justify-end">
          <Button type="submit" variant="primary" busy={busy}>
            Save
          </Button>
        </div>
      ) : (
        <p className="mt-4 text-sm text-soft">Owners and admins can change it.</p>
      )}
    </form>
  );
}
