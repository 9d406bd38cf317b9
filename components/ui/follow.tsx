"use client";
import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Pauses between looks, in milliseconds: they grow from the one to the other. */
const FIRST = 2000;
const MAX_PAUSE_MS = 60_000;

/** Loads the page's content anew while it is about to change and somebody looks. */
export function Follow() {
  const router = useRouter();
  useEffect(() => {
    let pause = FIRST;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      timer = setTimeout(() => {
        pause = Math.min(1.25 * pause, MAX_PAUSE_MS);
        router.refresh();
        wait();
      }, pause);
    };
    // Whoever comes back sees what is new at once.
    const come = () => {
      if (!document.hidden) router.refresh();
      pause = FIRST;
      wait();
    };
    wait();
    document.addEventListener("visibilitychange", come);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", come);
    };
  }, [router]);
  return null;
}
