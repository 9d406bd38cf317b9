"use client";
import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/** The page's origin, or the empty string while it is not known. */
export const useOrigin = (): string =>
  useSyncExternalStore(
    never,
    () => window.location.origin,
    () => "",
  );

function everyMinute(notify: () => void): () => void {
  const timer = setInterval(notify, 60_000);
  return () => clearInterval(timer);
}
const thisMinute = () => Math.ceil(Date.now() / 60_000) * 60_000;

/** Milliseconds since 1970, up to the next minute, so that nothing that has happened lies ahead; null on the server and during hydration. */
export const useNow = (): number | null => useSyncExternalStore(everyMinute, thisMinute, () => null);
