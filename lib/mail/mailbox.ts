import { oneLine } from "#lib/kernel/safe-text.ts";

/** One line of text for a header: no line break or control character survives, so nothing can be added to it. */
export const headerText = (text: string, most = 200): string => {
  const line = [...oneLine(text)];
  return line.length > most ? `${line.slice(0, most - 1).join("")}…` : line.join("");
};

/** `"Ana Lind" <ana@example.org>`; names outside ASCII as encoded words (RFC 2047), which SES demands. */
export function mailbox(name: string, email: string): string {
  const spoken = headerText(name, 60);
  if (spoken === "") return email;
  if (/^[\u0020-\u007e]*$/.test(spoken)) return `"${spoken.replace(/["\\]/g, "\\$&")}" <${email}>`;
  return `${encodedWords(spoken)} <${email}>`;
}

/** Words of at most 75 characters, none of which cuts a letter in two. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const letter of text) {
    if (Buffer.byteLength(word + letter) > 45) {
      words.push(word);
      word = "";
    }
    word += letter;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one).toString("base64")}?=`).join(" ");
}
