const GB = 1e9;

/** Bytes of what a person wrote in gigabytes; undefined for nothing, `wrong` for what is no size. */
export function limitOf(text: string): number | undefined | "wrong" {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return undefined;
  const bytes = /^\d{1,9}(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * GB) : 0;
  return bytes > 0 ? bytes : "wrong";
}

/** The limit as it would be written. */
export const shownLimit = (bytes: number | undefined): string => (bytes === undefined ? "" : String(bytes / GB));
