"use client";
import { localDate, localMoment, relativeTime, utcDateTime } from "./format-time.ts";
import { useNow } from "./use-browser.ts";

export type LocalTimeProps = { iso: string; format?: "relative" | "day" | "minute" };

/**
 * A moment in the reader's own time zone, which `minute` names, or as the distance from now. As the server drew it, and
 * where there is no script, it is in UTC and says so.
 */
export function LocalTime({ iso, format = "relative" }: LocalTimeProps) {
  const now = useNow();
  const moment = now === null ? utcDateTime(iso) : localMoment(iso);
  const text =
    now === null || format === "minute" ? moment : format === "day" ? localDate(iso) : relativeTime(iso, now);
  return (
    <time dateTime={iso} title={moment} className="tnum whitespace-nowrap">
      {text}
    </time>
  );
}
