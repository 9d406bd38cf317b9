"use client";
import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** First pause and how long it is looked for, in milliseconds; the pauses grow. */
const FIRST = 2000;
const MAX_MS = 5 * 60_000;

/** Loads the page's data anew while something is about to change and somebody looks. */
export function useRefreshing(active: boolean): void {
  const router = useRouter();
  useEffect(() => {
    if (!active) return;
    let waited = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      clearTimeout(timer);
      if (document.hidden || waited > MAX_MS) return;
      const pause = Math.max(FIRST, waited / 4);
      timer = setTimeout(() => {
        waited += pause;
        router.refresh();
        next();
      }, pause);
    };
    next();
    document.addEventListener("visibilitychange", next);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", next);
    };
  }, [active, router]);
}
