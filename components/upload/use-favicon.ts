"use client";
import { useEffect } from "react";

const COLORS = { hazel: "#e0ac6b", bad: "#f2968b", faint: "#8b97b4" } as const;
const RADIUS = 11;
const ROUND = 2 * Math.PI * RADIUS;

/** A ring of `percent` in the tab's icon; the page's own icon comes back when it is undefined. */
export function useFavicon(percent: number | undefined, tone: keyof typeof COLORS): void {
  useEffect(() => {
    if (percent === undefined) return;
    const icon = document.createElement("link");
    icon.rel = "icon";
    icon.type = "image/svg+xml";
    icon.href = `data:image/svg+xml,${encodeURIComponent(ring(percent, COLORS[tone]))}`;
    document.head.append(icon);
    return () => icon.remove();
  }, [percent, tone]);
}

const ring = (percent: number, color: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b1122"/>` +
  `<g fill="none" stroke-width="5" transform="rotate(-90 16 16)"><circle cx="16" cy="16" r="${RADIUS}" stroke="#33406a"/>` +
  `<circle cx="16" cy="16" r="${RADIUS}" stroke="${color}" stroke-linecap="round" ` +
  `stroke-dasharray="${((ROUND * Math.max(2, percent)) / 100).toFixed(2)} ${ROUND.toFixed(2)}"/></g></svg>`;
