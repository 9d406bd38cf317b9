"use client";
import { Send } from "lucide-react";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { formatCount } from "#lib/kernel/format.ts";
import type { Result } from "#lib/kernel/result.ts";

export type FailedEventsProps = { waiting: number; redrive: (input: undefined) => Promise<Result<number>> };

/** What failed each time it was tried waits in a queue until somebody sends it on. */
export function FailedEvents({ waiting, redrive }: FailedEventsProps) {
  const [busy, setBusy] = useState(false);
  const toast = useToast();
  async function send() {
    setBusy(true);
    const result = await redrive(undefined).catch(() => undefined);
    setBusy(false);
    if (result?.ok) toast({ title: result.value > 0 ? "They are on their way" : "Nothing is waiting any more" });
    else toast({ title: result?.error.message ?? "The server could not be reached; try again.", tone: "bad" });
  }
  return (
    <section aria-labelledby="failed" className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <h2 id="failed" className="font-semibold text-lg">
        Failed events
      </h2>
      <div className="mt-1 flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm text-soft">
          {waiting === 0
            ? "None: everything that arrived was looked after."
            : `${formatCount(waiting, "event")} could not be handled, though tried three times.`}
        </p>
        {waiting > 0 ? (
          <Button onClick={send} busy={busy}>
            <Send aria-hidden className="size-4" /> Send on
          </Button>
        ) : null}
      </div>
    </section>
  );
}
