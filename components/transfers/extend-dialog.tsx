"use client";
import { type FormEvent, useId, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { Input } from "#components/ui/input.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { errorsOf } from "./detail-errors.ts";
import { daysUntil, LAST_DAY, toDateField } from "./end-dates.ts";
import type { TransferActions } from "./transfer-actions.ts";
import type { TransferCalls } from "./use-transfer-actions.ts";

export type ExtendDialogProps = {
  transfer: TransferView;
  extend: TransferActions["extendTransfer"];
  run: TransferCalls["run"];
  open: boolean;
  onClose: () => void;
};

const CHOICES = [1, 7, 30, LAST_DAY] as const;
const DAY = 24 * 3600 * 1000;

/** When a transfer ends, counted from now: sooner or later than before, or open again after its end. */
export function ExtendDialog({ transfer, open, onClose, ...rest }: ExtendDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Change expiry"
      description={
        <>
          {transfer.state === "expired" ? "It expired " : "It expires "}
          <LocalTime iso={transfer.expiresAt} format="minute" />. Then the link closes.
        </>
      }
    >
      <ExtendForm transfer={transfer} {...rest} onClose={onClose} />
    </Dialog>
  );
}

function ExtendForm({ transfer, extend, run, onClose }: Omit<ExtendDialogProps, "open">) {
  const [now] = useState(() => Date.now());
  const [choice, setChoice] = useState("7");
  const [date, setDate] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const errorId = useId();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const expiryDays = choice === "date" ? daysUntil(date, now) : Number(choice);
    if (!(expiryDays >= 1 && expiryDays <= LAST_DAY)) {
      setError(`Choose a date from tomorrow on, and at most ${LAST_DAY} days away.`);
      return;
    }
    setError(undefined);
    setBusy(true);
    const result = await run(
      extend({ id: transfer.id, expiryDays }),
      expiryDays === 1 ? "It now expires in 1 day" : `It now expires in ${expiryDays} days`,
    );
    setBusy(false);
    if (result.ok) onClose();
    else setError(Object.values(errorsOf(result.error))[0]);
  }

  const option =
    "flex min-h-11 cursor-pointer items-center gap-3 px-3 has-checked:bg-hazel-wash has-focus-visible:outline-2 has-focus-visible:outline-hazel";
  const radio = (value: string) => ({
    name: "end",
    value,
    checked: choice === value,
    onChange: () => setChoice(value),
    className: "size-4 shrink-0 accent-hazel outline-none",
  });
  return (
    <form onSubmit={submit} noValidate>
      <fieldset
        className="divide-y divide-line overflow-hidden rounded-control border border-line"
        aria-describedby={error ? errorId : undefined}
      >
        <legend className="sr-only">It expires</legend>
        {CHOICES.map((days) => (
          <label key={days} className={option}>
            <input type="radio" {...radio(String(days))} />
            <span className="flex-1">{days === 1 ? "In 1 day" : `In ${days} days`}</span>
            <span className="text-[0.8125rem] text-soft">
              <LocalTime iso={new Date(now + days * DAY).toISOString()} format="day" />
            </span>
          </label>
        ))}
        <div className={option}>
          <label className="flex flex-1 cursor-pointer items-center gap-3">
            <input type="radio" {...radio("date")} />
            On a date
          </label>
          <Input
            type="date"
            aria-label="Expiry date"
            className="my-1 max-w-40"
            min={toDateField(now + DAY)}
            max={toDateField(now + LAST_DAY * DAY)}
            value={date}
            aria-invalid={error && choice === "date" ? true : undefined}
            onChange={(event) => {
              setDate(event.target.value);
              setChoice("date");
            }}
          />
        </div>
      </fieldset>
      {error ? (
        <p id={errorId} role="alert" className="mt-2 text-[0.8125rem] text-bad">
          {error}
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
