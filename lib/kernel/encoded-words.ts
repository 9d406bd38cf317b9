const WORD = /=\?([\w-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;

/** A name as mail programs show it: encoded words of RFC 2047 (`=?UTF-8?Q?J=C3=B6rg?=`) as what they stand for. */
export function decodeWords(text: string): string {
  // Space between two encoded words belongs to the encoding, and a letter may be cut in two by them.
  return text.replace(/=\?\S+\?=(?:\s*=\?\S+\?=)*/g, (run) => {
    const words = [...run.matchAll(WORD)].map(([, charset = "", how = "", data = ""]) => ({
      charset: charset.toLowerCase(),
      bytes: /b/i.test(how) ? fromBase64(data) : fromQ(data),
    }));
    let decoded = "";
    for (let from = 0; from < words.length; ) {
      const charset = words[from]?.charset ?? "";
      let to = from;
      while (words[to]?.charset === charset) to++;
      const part = decode(
        charset,
        words.slice(from, to).flatMap(({ bytes }) => bytes),
      );
      if (part === undefined) return run;
      decoded += part;
      from = to;
    }
    return words.length === 0 ? run : decoded;
  });
}

function fromBase64(data: string): number[] {
  try {
    return [...atob(data)].map((char) => char.charCodeAt(0));
  } catch {
    return [];
  }
}

const fromQ = (data: string): number[] =>
  [
    ...data.replace(/_/g, " ").replace(/=([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  ].map((char) => char.charCodeAt(0) & 0xff);

function decode(charset: string, bytes: number[]): string | undefined {
  try {
    return new TextDecoder(charset).decode(Uint8Array.from(bytes));
  } catch {
    // An encoding that this machine does not know: the word is shown as it came.
    return undefined;
  }
}
