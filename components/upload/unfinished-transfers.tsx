"use client";
import { Play } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { nameOf } from "#components/transfers/transfer-name.ts";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { ErrorBody } from "#lib/kernel/errors.ts";
import { formatCount } from "#lib/kernel/format.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { Unfinished } from "#lib/upload-engine/recovery.ts";
import { problemSentence } from "./problem-sentence.ts";
import { takeUp, uploadEngine } from "./upload-store.ts";
import { useSendings } from "./use-uploads.ts";

/** Another tab ends or begins without a word to this one: while one is shown it is looked now and then, in milliseconds. */
const LOOK_EVERY = 4000;

/** Transfers whose sending was interrupted in this browser, by a reload, a crash or a closed window; and those that another tab sends. */
export function UnfinishedTransfers() {
  const sendings = useSendings();
  const [unfinished, setUnfinished] = useState<Unfinished[]>([]);
  const look = useCallback(async () => setUnfinished(await uploadEngine().listUnfinished()), []);

  // Another tab may have taken one up, or ended, while this one was out of sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what this tab takes up, ends or puts away changes the list.
  useEffect(() => {
    void look();
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, [look, sendings]);
  const isAny = unfinished.length > 0;
  useEffect(() => {
    if (!isAny) return;
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, [isAny, look]);

  const shown = unfinished.filter(({ id }) => !sendings.some((sending) => sending.id === id));
  return [false, true].map((elsewhere) => {
    const those = shown.filter((one) => one.elsewhere === elsewhere);
    return those.length === 0 ? null : (
      <section
        key={`${elsewhere}`}
        aria-label={elsewhere ? "Being sent in another tab" : "Interrupted"}
        className="flex flex-col gap-2"
      >
        {those.map((one) => (
          <UnfinishedTransfer key={one.id} unfinished={one} onChange={look} />
        ))}
      </section>
    );
  });
}

/** What the page kept of a transfer; undefined where an earlier version kept something else. */
function viewOf({ id, about }: Unfinished): TransferView | undefined {
  const view = about as Partial<TransferView> | null | undefined;
  return view?.id === id && typeof view.link === "string" ? (view as TransferView) : undefined;
}

function UnfinishedTransfer({ unfinished, onChange }: { unfinished: Unfinished; onChange: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ErrorBody>();
  const { id, files, bytes, beganAt, elsewhere } = unfinished;
  const view = viewOf(unfinished);
  const name = view ? nameOf(view) : "A transfer";

  async function goOn() {
    if (!view) return;
    setBusy(true);
    setProblem(await takeUp(view));
    setBusy(false);
  }

  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-card border border-line bg-surface p-4 shadow-card">
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="font-semibold [overflow-wrap:anywhere]">
          {elsewhere ? "Being sent in another tab" : "Interrupted"}: <bdi>{name}</bdi>
        </h2>
        <p className="tnum text-soft text-sm">
          {formatCount(files, "file")} · <Bytes value={bytes} /> · begun{" "}
          <LocalTime iso={new Date(beganAt).toISOString()} format="minute" />
        </p>
        {problem ? (
          <p role="alert" className="mt-1 text-bad text-sm">
            {problemSentence(problem)}
          </p>
        ) : null}
      </div>
      {elsewhere ? null : (
        <div className="flex flex-wrap gap-2">
          {view ? (
            <Button
              variant="primary"
              busy={busy}
              icon={<Play className="size-4" aria-hidden />}
              onClick={() => void goOn()}
            >
              Continue
            </Button>
          ) : null}
          <Button variant="quiet" onClick={() => void uploadEngine().discard(id).then(onChange)}>
            Dismiss
          </Button>
        </div>
      )}
    </div>
  );
}
