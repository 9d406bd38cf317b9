"use client";
import { useEffect, useRef } from "react";

const COLORS = { hazel: "#e0ac6b", bad: "#f2968b", faint: "#8b97b4" } as const;
const RADIUS = 11;
const ROUND = 2 * Math.PI * RADIUS;

/** Steps of the ring, in percent: each makes the browser draw the tab anew. */
const STEP = 4;

/** A ring of `percent` in the tab's icon; the page's own icon comes back when it is undefined. */
export function useFavicon(percent: number | undefined, tone: keyof typeof COLORS): void {
  const shown = percent === undefined ? undefined : Math.floor(percent / STEP) * STEP;
  const busy = shown !== undefined;
  const own = useRef("");

  // In the page's own element: beside a second one the browser would fetch the first again at each change.
  useEffect(() => {
    if (!busy) return;
    own.current = ownIcon()?.href ?? "";
    return () => {
      const icon = ownIcon();
      if (icon) icon.href = own.current;
    };
  }, [busy]);

  useEffect(() => {
    const icon = ownIcon();
    if (shown !== undefined && icon) icon.href = `data:image/svg+xml,${encodeURIComponent(ring(shown, COLORS[tone]))}`;
  }, [shown, tone]);
}

const ownIcon = () => document.querySelector<HTMLLinkElement>('link[rel="icon"]');

const ring = (percent: number, color: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b1122"/>` +
  `<g fill="none" stroke-width="5" transform="rotate(-90 16 16)"><circle cx="16" cy="16" r="${RADIUS}" stroke="#33406a"/>` +
  `<circle cx="16" cy="16" r="${RADIUS}" stroke="${color}" stroke-linecap="round" ` +
  `stroke-dasharray="${((ROUND * Math.max(2, percent)) / 100).toFixed(2)} ${ROUND.toFixed(2)}"/></g></svg>`;
