"use client";
import { useEffect } from "react";

const SIGNS = ["pointermove", "pointerdown", "keydown", "touchstart", "wheel"] as const;

/**
 * Says once that a person looks at the page, at the first sign of a hand: programs that scan mail fetch pages, and some
 * run their scripts.
 */
export function OpenedBeacon({ url }: { url: string }) {
  useEffect(() => {
    const forget = new AbortController();
    const say = (event: Event) => {
      if (!event.isTrusted) return;
      forget.abort();
      // What is not told this time is told by a download.
      void fetch(url, { method: "POST", keepalive: true }).catch(() => undefined);
    };
    for (const sign of SIGNS) window.addEventListener(sign, say, { passive: true, signal: forget.signal });
    return () => forget.abort();
  }, [url]);
  return null;
}
