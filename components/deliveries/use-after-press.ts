"use client";
import { useCallback, useEffect, useRef } from "react";

/**
 * Puts work off while a button of the pointer is down, until the click that follows has been dealt with: a page that
 * changes its layout in between moves away what was pressed, and the click is lost.
 */
export function useAfterPress(work: () => void): () => void {
  const latest = useRef(work);
  const pressed = useRef(false);
  const waiting = useRef(false);

  useEffect(() => {
    latest.current = work;
  });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = () => {
      clearTimeout(timer);
      pressed.current = true;
    };
    // The click is dispatched in the same task as the release.
    const release = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        pressed.current = false;
        if (!waiting.current) return;
        waiting.current = false;
        latest.current();
      });
    };
    const controller = new AbortController();
    const options = { capture: true, signal: controller.signal };
    for (const name of ["pointerdown", "mousedown"]) window.addEventListener(name, press, options);
    for (const name of ["pointerup", "pointercancel", "mouseup", "dragend"])
      window.addEventListener(name, release, options);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, []);

  return useCallback(() => {
    if (pressed.current) waiting.current = true;
    else latest.current();
  }, []);
}
