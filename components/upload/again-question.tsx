"use client";
import { Button } from "#components/ui/button.tsx";
import { formatCount } from "#lib/kernel/format.ts";
import type { Again } from "./picks-again.ts";
import { questionOf } from "./picks-again.ts";
import type { Picks } from "./picks-store.ts";

/** Asks what becomes of files that are picked a second time: nothing is doubled or left out in silence. */
export function AgainQuestion({ picks, onAnswer }: { picks: Picks; onAnswer: (answer: Again) => void }) {
  const { files, again } = picks;
  if (again.length === 0) return null;
  const one = again.length === 1;
  return (
    <fieldset id={AGAIN_ID} tabIndex={-1} className="mt-3 rounded-control bg-moon-wash px-3 py-3 text-moon text-sm">
      <legend className="sr-only">Files that are in the list already</legend>
      <p role="alert" className="text-pretty [overflow-wrap:anywhere]">
        {questionOf(files, again)} What shall be done with{" "}
        {one ? "the new one" : `the ${formatCount(again.length, "new one")}`}?
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button size="sm" onClick={() => onAnswer("skip")}>
          Skip
        </Button>
        <Button size="sm" onClick={() => onAnswer("replace")}>
          Replace
        </Button>
        <Button size="sm" onClick={() => onAnswer("both")}>
          Keep both
        </Button>
      </div>
    </fieldset>
  );
}

export const AGAIN_ID = "files-again";
