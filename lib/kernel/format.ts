const UNITS = ["bytes", "KB", "MB", "GB", "TB", "PB"] as const;

/** A size in decimal units with three significant digits at most: 0 → "0 bytes", 1,234,567,890 → "1.23 GB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && value >= 999.5) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}

/** The same size to the byte: "1,234,567,890 bytes". */
export const exactBytes = (bytes: number): string =>
  `${bytes.toLocaleString("en-US")} ${bytes === 1 ? "byte" : "bytes"}`;

/** "1 file", "2,048 files". */
export const formatCount = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
