/**
 * Text that others have written, as it is safe to show or to put into a header. Unsafe are control characters, the
 * separators of lines and paragraphs, and the marks that turn the reading direction (Unicode's Bidi_Control), which hide
 * how a name ends. Whatever is shown in a line of its own goes through one of these.
 */

const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** What has no width, and marks around annotations: nobody sees it. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Unseen as well, but these change the letter or sign before them. */
const SHAPING = /^[\p{Join_Control}\p{Variation_Selector}\u{e0020}-\u{e007f}]$/u;

/** Text without what nobody sees of it; what `keeps` matches stays, which is joiners and selectors unless said otherwise. */
export const withoutUnseen = (text: string, keeps = SHAPING): string =>
  text.replace(UNSEEN, (mark) => (keeps.test(mark) ? mark : ""));

/** A name as it may be shown: control characters as the pictures that Unicode has for them, other unsafe ones as U+FFFD. */
export const visibleName = (name: string): string =>
  name.replace(UNSAFE, (char) => (char < " " ? String.fromCharCode(0x2400 + char.charCodeAt(0)) : "\ufffd"));

/** One line for a header or a sentence: nothing unsafe or unseen in it, and single spaces. */
export const oneLine = (text: string): string => withoutUnseen(text).replace(UNSAFE, " ").replace(/\s+/g, " ").trim();

/** At most `length` characters, with the middle left out, so that the ending stays. */
export function shorten(name: string, length = 72): string {
  const letters = [...name];
  if (letters.length <= length) return name;
  const tail = Math.floor(length / 3);
  return `${letters.slice(0, length - tail - 1).join("")}…${letters.slice(-tail).join("")}`;
}

/** Matches a sentence of a program that reads strangers' files: one line of 1 to `most` characters, all of them seen. */
export const sentenceOf = (most: number): RegExp => new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${most}}$`, "u");
