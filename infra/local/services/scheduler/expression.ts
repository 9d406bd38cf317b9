/** When a schedule is due ("Schedule types in EventBridge Scheduler"): `at(…)`, `rate(…)`, `cron(…)`, in UTC. */
import { Cron } from "croner";

export type Expression = { kind: "at"; at: number } | { kind: "rate"; everyMs: number } | { kind: "cron"; cron: Cron };

const MINUTE = 60_000;
const UNITS: Record<string, number> = { minute: MINUTE, hour: 60 * MINUTE, day: 24 * 60 * MINUTE };

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
  const cron = kind === "cron" ? parseCron(inner) : undefined;
  return cron && { kind: "cron", cron };
}

/** The first time after `after`, or undefined when there is none. Rates count from `anchor`. Milliseconds since 1970. */
export function nextTime(expression: Expression, after: number, anchor: number): number | undefined {
  if (expression.kind === "at") return expression.at > after ? expression.at : undefined;
  if (expression.kind === "rate") {
    const { everyMs } = expression;
    return anchor + Math.max(1, Math.floor((after - anchor) / everyMs) + 1) * everyMs;
  }
  return expression.cron.nextRun(new Date(after))?.getTime();
}

/** AWS's six fields go from minutes to years, with weekdays from 1 for Sunday; Croner's seven begin with the seconds. */
function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  const [, , days, , weekdays = ""] = fields;
  if (fields.length !== 6 || !fields.every((field) => /^(\d+|[a-z]{3}|[*?,/-])+$/i.test(field))) return undefined;
  // One of the two fields for days says nothing. Croner would take weekday 8 for another Sunday.
  if ((days === "?") === (weekdays === "?") || /(^|[,-])8/.test(weekdays)) return undefined;
  try {
    // Sloppy: with steps from a number to the field's end, as in `0/20`.
    const options = { mode: "7-part", timezone: "UTC", alternativeWeekdays: true, sloppyRanges: true } as const;
    return new Cron(`0 ${fields.join(" ")}`, options);
  } catch {
    return undefined;
  }
}
