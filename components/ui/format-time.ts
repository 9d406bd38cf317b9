const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DAY_WORDS: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };

/** "24 Nov 2026" in the reader's time zone, or in the one that is named. */
export const localDate = (iso: string, timeZone?: string): string =>
  new Date(iso).toLocaleDateString("en-GB", { ...DAY_WORDS, ...(timeZone ? { timeZone } : {}) });

/** "24 Nov 2026, 00:15 UTC", the same on server and browser. */
export const utcDateTime = (iso: string): string =>
  `${localDate(iso, "UTC")}, ${new Date(iso).toISOString().slice(11, 16)} UTC`;

/** "4 Dec 2026, 16:25 PST": with the zone, as the reader's kind of English calls it. */
export function localMoment(iso: string, timeZone?: string, language = languageOfReader()): string {
  const zone = timeZone ? { timeZone } : {};
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...zone });
  const name = new Intl.DateTimeFormat(language, { timeZoneName: "short", ...zone })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName")?.value;
  return `${localDate(iso, timeZone)}, ${time}${name ? ` ${name}` : ""}`;
}

const languageOfReader = (): string => {
  const language = globalThis.navigator?.language ?? "";
  return /^en\b/.test(language) ? language : "en-GB";
};

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

const WEEK = (7 * DAY) / 1000;

/** What is left of an upload, in words that a person can use: "28 s left", "a long time left" beyond a week. */
export const formatTimeLeft = (seconds: number): string =>
  seconds < WEEK ? `${formatDuration(seconds)} left` : "a long time left";

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
