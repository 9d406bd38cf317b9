"use client";
import Link from "next/link";
import { isUnfinished, partSent, useUploads } from "./use-uploads.ts";

/** In the head of every page: that something is being sent, how far it is, and the way back to it. */
export function SendingIndicator() {
  const unfinished = useUploads().transfers.filter(isUnfinished);
  if (unfinished.length === 0) return null;
  const bytesSent = unfinished.reduce((sum, transfer) => sum + transfer.bytesSent, 0);
  const bytesTotal = unfinished.reduce((sum, transfer) => sum + transfer.bytesTotal, 0);
  const part = partSent({ bytesSent, bytesTotal });
  const stopped = unfinished.some(({ state, problem }) => state === "failed" || problem);
  const paused = unfinished.every(({ state }) => state === "paused");
  return (
    <Link
      prefetch={false}
      href="/transfers"
      className="tnum flex items-center gap-2 rounded-full bg-hazel-wash py-1 pr-3 pl-1.5 font-medium text-[0.8125rem] text-hazel hover:underline"
    >
      <svg viewBox="0 0 20 20" className="-rotate-90 size-5" fill="none" strokeWidth="3" aria-hidden="true">
        <circle cx="10" cy="10" r="7" stroke="currentColor" opacity="0.25" />
        <circle cx="10" cy="10" r="7" stroke="currentColor" pathLength="100" strokeDasharray={`${part * 100} 100`} />
      </svg>
      <span>
        <span className="hidden sm:inline">{stopped ? "Needs you" : paused ? "Paused" : "Sending"} </span>
        {Math.floor(part * 100)} %
      </span>
    </Link>
  );
}
