const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

const firstOf = (word: string | undefined): string => [...letters.segment(word ?? "")][0]?.segment ?? "";

/** The first letters of a name's first and last word, "AL" for "Ada Lovelace"; a name in one word gives one. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const both = firstOf(words[0]) + (words.length > 1 ? firstOf(words.at(-1)) : "");
  return both.toLocaleUpperCase("en") || "·";
}
