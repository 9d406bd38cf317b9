/** Days after which a transfer ends at the latest. */
export const LAST_DAY = 90;

const DAY = 24 * 3600 * 1000;

/** A moment's day in the reader's time zone as a date field has it, `2026-11-24`. */
export function toDateField(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Days from today to the day in a date field, whatever the clocks do in between; NaN for no date. */
export function daysUntil(field: string, now: number): number {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = field.split("-").map(Number);
  const today = new Date(now);
  return (Date.UTC(year, month - 1, day) - Date.UTC(today.getFullYear(), today.getMonth(), today.getDate())) / DAY;
}
