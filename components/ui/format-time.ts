const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "24 Nov 2026" in UTC, the same on server and browser. */
export const utcDate = (iso: string): string =>
  new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** "24 Nov 2026, 00:15 UTC". */
export const utcDateTime = (iso: string): string => `${utcDate(iso)}, ${new Date(iso).toISOString().slice(11, 16)} UTC`;

const LOCAL_DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const LOCAL_MINUTE: Intl.DateTimeFormatOptions = { ...LOCAL_DAY, hour: "2-digit", minute: "2-digit" };

/** A day, and a moment, as the reader's browser writes them, in its own time zone. */
export const localDay = (iso: string): string => new Date(iso).toLocaleString(undefined, LOCAL_DAY);
export const localMinute = (iso: string): string => new Date(iso).toLocaleString(undefined, LOCAL_MINUTE);

/** "in 6 days", "3 hours ago", "just now"; days are rounded down, so that nobody is promised more than there is. */
export function relativeTime(iso: string, now: number): string {
  const distance = new Date(iso).getTime() - now;
  const size = Math.abs(distance);
  if (size < MINUTE) return distance > 0 ? "in a minute" : "just now";
  const [amount, unit] =
    size < HOUR ? [size / MINUTE, "minute"] : size < 2 * DAY ? [size / HOUR, "hour"] : [size / DAY, "day"];
  const whole = Math.floor(amount as number);
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return distance > 0 ? `in ${words}` : `${words} ago`;
}

/** Seconds as "12 s", "4 min 10 s", "2 h 5 min", "3 d 4 h": what is left of an upload. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
