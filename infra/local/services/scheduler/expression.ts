/** When a schedule is due ("Schedule types in EventBridge Scheduler"): `at(…)`, `rate(…)`, `cron(…)`, in UTC. */

export type Expression =
  | { kind: "at"; at: number }
  | { kind: "rate"; everyMs: number }
  | { kind: "cron"; fields: CronFields };

type CronFields = {
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  years: Set<number>;
};

type Field = { least: number; most: number; names?: string[] };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const UNITS: Record<string, number> = { minute: MINUTE, hour: 60 * MINUTE, day: DAY };
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/** Every recurring date occurs within eight years (29 February around 2100). */
const SEARCHED_DAYS = 8 * 366;

/** Undefined for an invalid expression, and for cron's letters (L, W, #), which are not implemented here. */
export function parseExpression(text: string): Expression | undefined {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? [];
  if (kind === "at") {
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner) ? Date.parse(`${inner}Z`) : Number.NaN;
    return Number.isNaN(at) ? undefined : { kind, at };
  }
  if (kind === "rate") {
    const [, value = "", unit = ""] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(inner) ?? [];
    const ms = UNITS[unit];
    return ms === undefined ? undefined : { kind, everyMs: Number(value) * ms };
  }
  const fields = kind === "cron" ? parseCron(inner) : undefined;
  return fields && { kind: "cron", fields };
}

/** The first time after `after`, or undefined when there is none. Rates count from `anchor`. Milliseconds since 1970. */
export function nextTime(expression: Expression, after: number, anchor: number): number | undefined {
  if (expression.kind === "at") return expression.at > after ? expression.at : undefined;
  if (expression.kind === "rate") {
    const { everyMs } = expression;
    return anchor + Math.max(1, Math.floor((after - anchor) / everyMs) + 1) * everyMs;
  }
  return nextOfCron(expression.fields, after);
}

function nextOfCron({ minutes, hours, days, months, weekdays, years }: CronFields, after: number): number | undefined {
  const midnight = Math.floor(after / DAY) * DAY;
  for (let day = midnight; day < midnight + SEARCHED_DAYS * DAY; day += DAY) {
    const date = new Date(day);
    if (!years.has(date.getUTCFullYear()) || !months.has(date.getUTCMonth() + 1)) continue;
    if (!days.has(date.getUTCDate()) || !weekdays.has(date.getUTCDay() + 1)) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = day + (hour * 60 + minute) * MINUTE;
        if (time > after) return time;
      }
    }
  }
  return undefined;
}

function parseCron(text: string): CronFields | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 6) return undefined;
  const [minutes, hours, days, months, weekdays, years] = [
    { least: 0, most: 59 },
    { least: 0, most: 23 },
    { least: 1, most: 31 },
    { least: 1, most: 12, names: MONTHS },
    { least: 1, most: 7, names: WEEKDAYS },
    { least: 1970, most: 2199 },
  ].map((field, index) => parseField(parts[index] ?? "", field));
  // One of the two fields for days must be `?`.
  if ((parts[2] === "?") === (parts[4] === "?")) return undefined;
  if (!minutes || !hours || !days || !months || !weekdays || !years) return undefined;
  return { minutes, hours, days, months, weekdays, years };
}

/** The values that match, in order. */
function parseField(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step] = part.split("/");
    const [first, last] = parseRange(range, field, step !== undefined) ?? [];
    const by = step === undefined ? 1 : Number(step);
    if (first === undefined || last === undefined || first > last || !Number.isInteger(by) || by < 1) return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return new Set([...values].sort((a, b) => a - b));
}

function parseRange(
  text: string,
  { least, most, names = [] }: Field,
  isStepped: boolean,
): [number, number] | undefined {
  if (text === "*" || text === "?") return [least, most];
  const [from, to] = text.split("-").map((word) => {
    const named = names.indexOf(word.toUpperCase());
    return named >= 0 ? named + 1 : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  });
  const first = from ?? Number.NaN;
  const last = to ?? (isStepped ? most : first);
  return first >= least && last <= most ? [first, last] : undefined;
}
