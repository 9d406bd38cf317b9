"use client";
import { localDay, localMinute, relativeTime, utcDate, utcDateTime } from "./format-time.ts";
import { useNow } from "./use-browser.ts";

export type LocalTimeProps = { iso: string; format?: "relative" | "day" | "minute" };

/** A moment: in UTC as the server drew it, then in the reader's own time zone, or as the distance from now. */
export function LocalTime({ iso, format = "relative" }: LocalTimeProps) {
  const now = useNow();
  const text =
    now === null
      ? format === "minute"
        ? utcDateTime(iso)
        : utcDate(iso)
      : format === "relative"
        ? relativeTime(iso, now)
        : format === "day"
          ? localDay(iso)
          : localMinute(iso);
  return (
    <time dateTime={iso} title={now === null ? utcDateTime(iso) : localMinute(iso)} className="tnum whitespace-nowrap">
      {text}
    </time>
  );
}
