"use client";
import { useLinkStatus } from "next/link";

/** Inside a link: a quiet sign that its page is on its way, shown only when that takes a moment. */
export function OpeningHint() {
  const { pending } = useLinkStatus();
  return pending ? (
    <span
      aria-hidden
      className="absolute inset-x-4 bottom-0 h-0.5 animate-shimmer rounded-full bg-hazel motion-reduce:animate-none"
    />
  ) : null;
}
