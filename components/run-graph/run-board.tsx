"use client";
import { type ComponentType, useEffect, useRef, useState } from "react";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { RunView } from "#lib/workflow/run.schema.ts";
import type { RunFlowProps } from "./run-flow.tsx";
import type { statusOf } from "./run-status.ts";
import { RunSteps } from "./run-steps.tsx";
import { StepDialog } from "./step-dialog.tsx";

export type RunBoardProps = { run: RunView; status: ReturnType<typeof statusOf>; now: number; isOpen: boolean };

/** One run: drawn, and in a list with the same facts. */
export function RunBoard({ run, status: { facts, taken }, now, isOpen }: RunBoardProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useDrawing(useSeen(place, isOpen));
  const [state, setState] = useState<string>();
  return (
    <div className="flex flex-col gap-3 p-3">
      <div ref={place}>
        {drawing === "coming" ? (
          <Skeleton className="h-[62rem] rounded-card sm:h-[37rem]" />
        ) : drawing === "lost" ? (
          <p className="px-2 text-sm text-soft sm:px-3">
            The drawing could not be loaded. What it shows is in the list below, too.
          </p>
        ) : (
          <drawing.RunFlow run={run} facts={facts} taken={taken} now={now} onOpen={setState} />
        )}
      </div>
      <RunSteps run={run} facts={facts} now={now} onOpen={setState} />
      <StepDialog
        run={run}
        facts={facts.get(state ?? "")}
        state={state}
        now={now}
        onClose={() => setState(undefined)}
      />
    </div>
  );
}

type Drawing = { RunFlow: ComponentType<RunFlowProps> } | "coming" | "lost";

/** The drawing and its library come only to those who look at a run, and without them the list does as well. */
function useDrawing(isSeen: boolean): Drawing {
  const [drawing, setDrawing] = useState<Drawing>("coming");
  useEffect(() => {
    // The server draws nothing: this line keeps the drawing and its library out of its bundle.
    if (!isSeen || typeof window === "undefined") return;
    const load = () =>
      import("./run-flow.tsx").then(
        ({ default: RunFlow }) => setDrawing({ RunFlow }),
        () => setDrawing("lost"),
      );
    void load();
    window.addEventListener("online", load);
    return () => window.removeEventListener("online", load);
  }, [isSeen]);
  return drawing;
}

/** Whether an element has come into view, or near it. */
function useSeen(place: React.RefObject<HTMLElement | null>, isOpen: boolean): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current || !isOpen || isSeen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place, isOpen, isSeen]);
  return isSeen;
}
