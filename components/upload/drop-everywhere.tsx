"use client";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Dormouse } from "#components/ui/dormouse.tsx";
import { type Picked, pickFromDataTransfer } from "#lib/upload-engine/drop.ts";
import { addPicked } from "./picks-store.ts";
import { usePicks } from "./use-picks.ts";

const SENDING_PAGE = "/transfers";

const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Takes files that are dropped or pasted anywhere, and shows that it would; a paste into a field is left to the field. */
export function DropEverywhere() {
  const [dragging, setDragging] = useState(false);
  const router = useRouter();
  const path = usePathname();
  const elsewhere = path !== SENDING_PAGE;
  const begun = usePicks().files.length > 0;

  useEffect(() => {
    const take = (reading: Promise<Picked>, quiet: boolean) => {
      void addPicked(reading, { quiet });
      if (elsewhere) router.push(SENDING_PAGE);
    };
    const over = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    };
    // Leaving the window has nothing it leaves for; moving between elements has.
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setDragging(false);
    };
    const drop = (event: DragEvent) => {
      setDragging(false);
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      take(pickFromDataTransfer(event.dataTransfer), false);
    };
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      if (!data || inField(event.target) || data.types.length === 0) return;
      event.preventDefault();
      take(pickFromDataTransfer(data), true);
    };
    const controller = new AbortController();
    const { signal } = controller;
    window.addEventListener("dragover", over, { signal });
    window.addEventListener("dragleave", leave, { signal });
    window.addEventListener("drop", drop, { signal });
    window.addEventListener("paste", paste, { signal });
    return () => controller.abort();
  }, [router, elsewhere]);

  if (!dragging) return null;
  return (
    <div
      data-testid="drop-overlay"
      className="pointer-events-none fixed inset-0 z-10 flex flex-col items-center justify-center bg-canvas/90 p-4 text-center"
    >
      <div className="absolute inset-3 rounded-card border-2 border-hazel border-dashed" />
      <Dormouse mood="carrying" className="w-44" />
      <p className="mt-6 font-semibold text-2xl">{begun ? "Let go to add them" : "Let go to begin a new transfer"}</p>
      <p className="mt-1 text-pretty text-soft">
        {begun && elsewhere ? "To the new transfer that you have begun. " : null}
        {path.startsWith(`${SENDING_PAGE}/`) ? "The transfer on this page stays as it is. " : null}
        Folders keep their tree.
      </p>
    </div>
  );
}
