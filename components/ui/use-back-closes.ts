"use client";
import { useEffect, useRef } from "react";
import { BackStack } from "./back-stack.ts";

let stack: BackStack | undefined;

function ofThisWindow(): BackStack {
  stack ??= new BackStack({
    location: window.location,
    history: window.history,
    addEventListener: (type, listener) => window.addEventListener(type, listener, { capture: true }),
    setTimeout: (work) => setTimeout(work, 0),
  });
  return stack;
}

/** While `open`, the browser's Back calls `close` and does not leave the page. For dialogs and what covers a page like one. */
export function useBackCloses(open: boolean, close: () => void): void {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => (open ? ofThisWindow().add(() => latest.current()) : undefined), [open]);
}
