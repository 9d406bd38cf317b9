"use client";
import { relativeTime, utcDate, utcDateTime } from "./format-time.ts";
import { useNow } from "./use-browser.ts";

const LOCAL_DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const LOCAL_MINUTE: Intl.DateTimeFormatOptions = { ...LOCAL_DAY, hour: "2-digit", minute: "2-digit" };

export type LocalTimeProps = { iso: string; format?: "relative" | "day" | "minute" };

/** A moment: in UTC as the server drew it, then in the reader's own time zone, or as the distance from now. */
export function LocalTime({ iso, format = "relative" }: LocalTimeProps) {
  const now = useNow();
  const local = (options: Intl.DateTimeFormatOptions) => new Date(iso).toLocaleString(undefined, options);
  const text =
    now === null
      ? format === "minute"
        ? utcDateTime(iso)
        : utcDate(iso)
      : format === "relative"
        ? relativeTime(iso, now)
        : local(format === "day" ? LOCAL_DAY : LOCAL_MINUTE);
  return (
    <time
      dateTime={iso}
      title={now === null ? utcDateTime(iso) : local(LOCAL_MINUTE)}
      className="tnum whitespace-nowrap"
    >
      {text}
    </time>
  );
}
