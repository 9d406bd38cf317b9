"use client";
import { useEffect, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import type { ErrorBody } from "#lib/kernel/errors.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { problemSentence } from "./problem-sentence.ts";
import { takeUp, uploadEngine } from "./upload-store.ts";

/** How often it is looked whether another tab sends, in milliseconds. */
const LOOK_EVERY = 4000;

/** Whether another tab of this browser sends the transfer; undefined until that is known. */
function useSentElsewhere(id: string): boolean | undefined {
  const [elsewhere, setElsewhere] = useState<boolean>();
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const found = await uploadEngine().isSentElsewhere(id);
      if (!gone) setElsewhere(found);
    };
    void look();
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_EVERY);
    window.addEventListener("focus", look);
    return () => {
      gone = true;
      clearInterval(timer);
      window.removeEventListener("focus", look);
    };
  }, [id]);
  return elsewhere;
}

/** On the page of a transfer that has not arrived whole: goes on with it from this browser, wherever it was begun. */
export function ContinueHere({ transfer }: { transfer: TransferView }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorBody>();
  const elsewhere = useSentElsewhere(transfer.id);

  async function goOn() {
    setBusy(true);
    setProblem(await takeUp(transfer));
    setBusy(false);
  }

  if (elsewhere === undefined) return null;
  if (elsewhere) {
    return (
      <section
        aria-label="Being sent in another tab"
        className="rounded-card border border-line bg-surface p-4 shadow-card"
      >
        <h2 className="font-semibold">Being sent in another tab</h2>
        <p className="text-soft text-sm">
          Another tab of this browser sends it, and shows how far it is. Keep that tab open until everything has left.
        </p>
      </section>
    );
  }
  return (
    <section
      aria-label="Continue sending"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-card border border-line bg-surface p-4 shadow-card"
    >
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="font-semibold">Not all of it has arrived</h2>
        <p className="text-soft text-sm">
          Where its sending has stopped, it can go on from here, from any device that has the files. What has arrived is
          not sent twice.
        </p>
        {problem ? (
          <p role="alert" className="mt-1 text-bad text-sm">
            {problemSentence(problem)}
          </p>
        ) : null}
      </div>
      <Button busy={busy} onClick={() => void goOn()}>
        Continue here
      </Button>
    </section>
  );
}
