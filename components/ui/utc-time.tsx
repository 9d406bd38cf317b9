import { utcDate, utcDateTime } from "./format-time.ts";

/** A moment in UTC, drawn on the server with no script. `precision` "minute" adds the time of day. */
export function UtcTime({ iso, precision = "day" }: { iso: string; precision?: "day" | "minute" }) {
  return (
    <time dateTime={iso} title={utcDateTime(iso)} className="tnum whitespace-nowrap">
      {precision === "day" ? utcDate(iso) : utcDateTime(iso)}
    </time>
  );
}
