/**
 * The event filter of a mapping ("Control which events Lambda sends to your function"), as far as patterns are used
 * here.
 */

/** A leaf is the list of values that match; the other levels are as in the event. */
export type FilterPattern = { [name: string]: FilterPattern | string[] };

/** Whether an event matches one of the patterns. */
export const passesFilter = (patterns: readonly FilterPattern[], event: unknown): boolean =>
  patterns.some((pattern) => fits(pattern, event));

function fits(pattern: FilterPattern | string[], value: unknown): boolean {
  if (Array.isArray(pattern)) return typeof value === "string" && pattern.includes(value);
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  return Object.entries(pattern).every(([name, inner]) => fits(inner, members[name]));
}
