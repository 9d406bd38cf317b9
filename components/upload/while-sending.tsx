"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { announcementOf } from "./announcement.ts";
import { useFavicon } from "./use-favicon.ts";
import { isUnfinished, partSent, useSendings, useUploads } from "./use-uploads.ts";
import { useWakeLock } from "./use-wake-lock.ts";

const PREFIX = /^\d+ % · /;

/** While sending: warns before leaving, keeps the screen awake, counts in title and icon, and says aloud how it goes. */
export function WhileSending() {
  const { transfers, paused } = useUploads();
  const unfinished = transfers.filter(isUnfinished);
  const busy = unfinished.length > 0;
  const moving = busy && !paused && unfinished.some(({ state }) => state !== "failed" && state !== "paused");
  const sum = unfinished.reduce(
    (all, { bytesSent, bytesTotal }) => ({
      bytesSent: all.bytesSent + bytesSent,
      bytesTotal: all.bytesTotal + bytesTotal,
    }),
    { bytesSent: 0, bytesTotal: 0 },
  );
  const percent = busy ? Math.floor(partSent(sum) * 100) : 0;

  useEffect(() => {
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);

  // At every change: the framework writes the title anew when it reads a page again.
  useEffect(() => {
    const title = document.title.replace(PREFIX, "");
    const wanted = busy ? `${percent} % · ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  });

  const latest = transfers.at(-1);
  useWakeLock(moving);
  useFavicon(
    busy ? percent : undefined,
    unfinished.some(({ state, problem }) => state === "failed" || problem) ? "bad" : moving ? "hazel" : "faint",
  );
  const arrived = transfers.reduce(
    (sum, { state, files }) => sum + (state === "sealed" ? 2 : files.ready > 0 ? 1 : 0),
    0,
  );
  useRefresh(useSendings().length + arrived);
  return (
    <p className="sr-only" role="status" aria-live="polite">
      {latest ? announcementOf(latest, paused) : ""}
    </p>
  );
}

/** The page is read again when a transfer is begun, when its first file has arrived, and when it is finished. */
function useRefresh(steps: number): void {
  const router = useRouter();
  const known = useRef(steps);
  useEffect(() => {
    const forward = steps > known.current;
    known.current = steps;
    if (forward) router.refresh();
  }, [steps, router]);
}
