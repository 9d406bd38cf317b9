/** An entry of an archive; `size` in bytes, where it is known. */
export type ListedEntry = { path: string; size: number | undefined };

/**
 * Reads `entries.json`: a list of `{ path, size }`, or `{ entries, more }` when not all of them are listed. Whatever
 * else it holds is left out, since it was made of what someone sent.
 */
export function parseEntries(json: unknown): { entries: ListedEntry[]; more: number } {
  const whole = isRecord(json) ? json : { entries: json };
  const list = Array.isArray(whole.entries) ? whole.entries : [];
  const entries = list.filter(isRecord).flatMap((entry) => {
    const path = entry.path ?? entry.name;
    const size = entry.size ?? entry.bytes;
    return typeof path === "string" ? { path, size: typeof size === "number" && size >= 0 ? size : undefined } : [];
  });
  const total = [whole.total, whole.count].find((value) => typeof value === "number") as number | undefined;
  const more = typeof whole.more === "number" ? whole.more : (total ?? entries.length) - entries.length;
  return { entries, more: Math.max(0, more) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
