"use client";
import { useEffect, useRef, useState } from "react";
import type { TransferUpload, UploadSnapshot } from "#lib/upload-engine/snapshot.ts";

const AT_WORK = new Set(["uploading", "waiting for network", "verifying", "sealing"]);

/** While sending: warns before leaving, keeps the screen awake, counts in the title; answers what to announce, once each. */
export function useSendingManners({ transfers, paused }: UploadSnapshot): string {
  const current = transfers.findLast((transfer) => AT_WORK.has(transfer.state) || transfer.state === "paused");
  const sending = current !== undefined && AT_WORK.has(current.state);
  const unfinished = current !== undefined;

  useEffect(() => {
    if (!unfinished) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [unfinished]);

  useEffect(() => {
    if (!sending || !("wakeLock" in navigator)) return;
    const lock = navigator.wakeLock.request("screen").catch(() => undefined);
    return () => void lock.then((held) => held?.release());
  }, [sending]);

  const percent = current && current.bytesTotal > 0 ? Math.floor((current.bytesSent / current.bytesTotal) * 100) : 0;
  useEffect(() => {
    if (!sending) return;
    const title = document.title;
    document.title = `${percent} % · ${title.replace(/^\d+ % · /, "")}`;
    return () => {
      document.title = title.replace(/^\d+ % · /, "");
    };
  }, [sending, percent]);

  return useAnnouncement(transfers.at(-1), percent, paused);
}

function useAnnouncement(transfer: TransferUpload | undefined, percent: number, paused: boolean): string {
  const [said, setSaid] = useState("");
  const last = useRef("");
  const quarter = Math.floor(percent / 25) * 25;
  const words = !transfer
    ? ""
    : transfer.state === "sealed"
      ? "Everything has been sent."
      : transfer.state === "failed"
        ? "Some files could not be sent."
        : paused
          ? "Sending is paused."
          : quarter === 0
            ? "Sending has begun."
            : `${quarter} percent sent.`;
  useEffect(() => {
    if (words === last.current) return;
    last.current = words;
    setSaid(words);
  }, [words]);
  return said;
}
