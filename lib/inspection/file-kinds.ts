import type { FileKind } from "../kernel/file-kind.ts";

/** Office documents by their media types: what a person calls them. */
const OFFICE: [RegExp, string][] = [
  [/wordprocessingml|opendocument\.text|ms-word|msword|iwork.*pages|apple\.pages/, "a text document"],
  [/spreadsheetml|opendocument\.spreadsheet|ms-excel|apple\.numbers/, "a spreadsheet"],
  [/presentationml|opendocument\.presentation|ms-powerpoint|apple\.keynote/, "a presentation"],
  [/opendocument\.|openxmlformats|x-cfb|ms-outlook|visio/, "an office document"],
];

const PROGRAMS: Record<string, string> = {
  "application/x-msdownload": "a Windows program",
  "application/x-elf": "a Linux program",
  "application/x-mach-binary": "a macOS program",
  "application/x-msi": "a Windows installer",
  "application/x-ms-shortcut": "a Windows shortcut",
  "application/vnd.android.package-archive": "an Android app",
};

const ARCHIVES =
  /zip$|x-(tar|compressed-tar|7z-compressed|rar|bzip2|xz|lzip|compress|lz4|lzop|lzma)|zstd|\/gzip|java-archive|x-rar-compressed/;

/** `family`: files of one are taken for each other without harm. `noun` with its article. */
export type TypeInfo = { kind: FileKind; family: string; noun: string };

const typeInfo = (kind: FileKind, family: string, noun: string): TypeInfo => ({ kind, family, noun });

/** What a media type is to the workflow and to a person; undefined of what has nothing to show. */
export function typeInfoOf(type: string): TypeInfo | undefined {
  const program = PROGRAMS[type];
  if (program) return typeInfo("other", "program", program);
  if (type === "application/pdf") return typeInfo("document", "pdf", "a PDF document");
  const office = OFFICE.find(([pattern]) => pattern.test(type));
  if (office) return typeInfo("document", "office", office[1]);
  if (type === "application/rtf") return typeInfo("document", "office", "a text document");
  if (type === "image/svg+xml") return typeInfo("text", "svg", "an SVG drawing");
  if (type === "text/html") return typeInfo("text", "html", "a web page");
  if (type.startsWith("text/") || /^application\/(json|xml)$/.test(type)) return typeInfo("text", "text", "a text");
  if (type.startsWith("image/")) return typeInfo("picture", "picture", "a picture");
  if (type.startsWith("audio/")) return typeInfo("audio", "media", "a sound");
  if (type.startsWith("video/") || type === "application/mxf") return typeInfo("video", "media", "a video");
  if (type === "application/ogg") return typeInfo("audio", "media", "a sound");
  if (ARCHIVES.test(type)) return typeInfo("archive", "archive", "an archive");
  return undefined;
}

const TYPES_BY_EXTENSION: [string, string][] = [
  ["jpg jpeg jpe jfif png gif webp bmp tif tiff heic heif avif", "image/jpeg"],
  ["svg", "image/svg+xml"],
  ["pdf", "application/pdf"],
  ["doc docx docm dot dotx odt pages", "application/msword"],
  ["xls xlsx xlsm ods numbers", "application/vnd.ms-excel"],
  ["ppt pptx pptm pps ppsx odp key", "application/vnd.ms-powerpoint"],
  ["rtf", "application/rtf"],
  ["zip tar tgz gz 7z rar bz2 xz zst jar", "application/zip"],
  ["mp3 wav m4a flac ogg oga opus aac aif aiff wma", "audio/mpeg"],
  ["mp4 m4v mov mkv webm avi mpg mpeg wmv flv 3gp mts m2ts", "video/mp4"],
  ["txt csv tsv md markdown json log ini yaml yml", "text/plain"],
  ["htm html xhtml", "text/html"],
];

const typeByExtension = new Map(
  TYPES_BY_EXTENSION.flatMap(([endings, type]) => endings.split(" ").map((ending) => [ending, type])),
);

/** What the ending of a name promises: an example of the type; undefined of endings that say nothing. */
export const typeOfExtension = (ending: string): string | undefined => typeByExtension.get(ending);

/** Endings that the system runs when they are opened. */
export const RUNNABLE = new Set(
  "exe scr com pif bat cmd ps1 vbs vbe js jse wsf wsh hta msi msp cpl jar lnk reg app apk dmg pkg deb rpm sh run".split(
    " ",
  ),
);

const TEXTS: Record<string, string> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  md: "text/markdown",
  markdown: "text/markdown",
  json: "application/json",
  css: "text/css",
  ics: "text/calendar",
  vcf: "text/vcard",
};

/** Of a text: its type by how it begins, else by the ending of its name. */
export function textType(text: string, ending: string): string {
  const start = text.slice(0, 4096).replace(/^(\s|<\?[^>]*>|<!--[\s\S]*?-->)+/, "");
  if (/^<!doctype\s+svg|^<(\w+:)?svg[\s>]/i.test(start)) return "image/svg+xml";
  if (/^<(!doctype\s+html|html|head|body|script|iframe)[\s>]/i.test(start)) return "text/html";
  if (/^\s*<\?xml\s/.test(text)) return "application/xml";
  return TEXTS[ending] ?? "text/plain";
}
