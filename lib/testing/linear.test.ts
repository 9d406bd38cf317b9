/** Every regular expression that runs over strangers' text takes linear time. */
import { test } from "node:test";
import { safePaths } from "#lib/download-engine/names.ts";
import { shown } from "#lib/inspection/archive-entry.ts";
import { decodeNames } from "#lib/inspection/entry-names.ts";
import { textType, typeInfoOf } from "#lib/inspection/file-kinds.ts";
import { decodeText, textCode } from "#lib/inspection/plain-text.ts";
import { TextSink } from "#lib/inspection/text-sink.ts";
import { typeMismatch } from "#lib/inspection/type-mismatch.ts";
import { readAddress, speakableName, withoutDuplicates } from "#lib/kernel/address.ts";
import { parseAddressList } from "#lib/kernel/address-list.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import { attachment, downloadName, extensionOf } from "#lib/kernel/file-name.ts";
import { visibleName } from "#lib/kernel/safe-text.ts";
import { headerText, mailbox } from "#lib/mail/mailbox.ts";
import { nameInWords } from "#lib/mail/words.ts";
import { uniquePath } from "#lib/upload-engine/names.ts";
import { normalizePath } from "#lib/uploads/path.ts";
import { requireLinear } from "./linear.ts";

const sure = { type: "image/png", sure: true };
const refusing = (text: string) => {
  try {
    return normalizePath(text);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
};

const READERS: Record<string, (text: string) => unknown> = {
  "an address": readAddress,
  "a list of addresses": parseAddressList,
  "a list of addresses, where spreadsheets have them": (text) => parseAddressList(`a@b.example\t${text}`),
  "a list of addresses under a header": (text) => parseAddressList(`Email,Name\n${text}`),
  "people, each once": (text) => withoutDuplicates(text.split(",").map((email) => ({ email }))),
  "a name in a list": speakableName,
  "a name in a mail's header": headerText,
  "a mailbox": (text) => mailbox(text, "a@b.example"),
  "a name in a mail": (text) => nameInWords(text),
  "a path that is kept": refusing,
  "a name to save as": downloadName,
  "a name that is shown": visibleName,
  "the header of a download": attachment,
  "paths for unpacking": (text) => safePaths([text, text]),
  "a path that came before": (text) => uniquePath(text, new Map([[text, 1]])),
  "a name's extension": extensionOf,
  "what a name promises": (text) => typeMismatch(text, text, sure),
  "a media type": typeInfoOf,
  "a path in an archive": (text) => shown(text, 1, false, false),
  "names of another machine": (text) => decodeNames([Buffer.from(text, "latin1")]),
  "a text's beginning": (text) => textType(text, "txt"),
  "lines of a text": (text) => {
    const sink = new TextSink(1e9);
    sink.add(text);
    return sink.text;
  },
  "the code of a text": (text) => {
    const bytes = Buffer.from(text, "latin1");
    const code = textCode(bytes);
    return code && decodeText(bytes, code);
  },
};

/** Texts that make expressions backtrack: openings that are never closed, and runs that end unexpectedly. */
const PIECES = [
  ...["a", " ", ".", "..", "./", "a/", "\\", "/", "x. ", "( ", "'a ", "“a", '"', "<", "<a@b.example>(", "a@b.example;"],
  ...["a@b.example ", "a, ", "Dr, ", "a\t", "@", "\n", " \n", "mailto:", "=?a", "=?a?q?b?= ", "A: ", "A,", "\u202e"],
  ...["\u200d", "\u00e9", "\u00e9\u00ff", "<!--", "<!-- -->", "<? ", "{", "\u001b$B", "\u0000a", "iwork", "-", "1 "],
];
const ENDS = ["x", "Jane <a@b.example>;"];
/** Enough characters that quadratic time is noticed. */
const SIZE = 2000;

for (const [name, read] of Object.entries(READERS)) {
  test(`eight times the text takes about eight times the work: ${name}`, async () => {
    for (const piece of PIECES)
      for (const end of ENDS) {
        const make = (size: number) => piece.repeat(Math.ceil(size / piece.length)) + end;
        await requireLinear(`${JSON.stringify(piece)} to ${JSON.stringify(end)}`, SIZE, make, read);
      }
  });
}
