import type { DownloadItem } from "#lib/downloads/download.schema.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import { downloadFiles } from "../download/download-files.ts";
import { openLink } from "../download/link.ts";
import { UsageError } from "../parse.ts";
import { answer, note, type Program, plain } from "../program.ts";
import { progressLine } from "../progress.ts";
import { reach } from "../reach.ts";
import { requireSafe } from "../site.ts";
import { speedometer } from "../speedometer.ts";
import type { Given } from "../table.ts";

export async function run(program: Program, { arguments: [typed = ""], options }: Given<"get">): Promise<void> {
  const { signal } = program;
  const link = openLink(linkOf(typed), { reach, signal });
  const wanted = chosen(await link.list(), options.file);
  const open = wanted.filter(({ why }) => why === undefined);
  const closed = wanted.flatMap(({ path, why }) => (why ? { path, code: "FileNotOpen", message: why } : []));
  const into = options.output ?? ".";
  const line = progressLine(program);
  const speed = speedometer();
  try {
    const { written, same, renamed, failed } = await downloadFiles({
      files: open.map(({ ordinal, path, size, lastModified }) => ({
        path,
        size,
        ...(lastModified === undefined ? {} : { lastModified }),
        locate: () => link.locate(ordinal),
      })),
      into,
      ...(options.force ? { force: true } : {}),
      signal,
      onProgress: ({ bytes, bytesTotal, files, filesTotal }) =>
        line.show({
          done: bytes,
          total: bytesTotal,
          ...speed(bytes, bytesTotal),
          about: `${files} of ${filesTotal} files`,
        }),
    });
    line.end();
    const problems = [...closed, ...failed];
    const bytes = open.reduce((sum, { size }) => sum + size, 0);
    for (const { path, message } of program.json ? [] : problems) note(program, `${plain(path)}: ${message}`);
    for (const { from, to } of program.json ? [] : renamed)
      note(program, `${plain(from)} is called ${plain(to)} here.`);
    answer(program, { into, files: written.length, same: same.length, bytes, renamed, failed: problems }, () => [
      `${formatCount(written.length, "file")} of ${formatBytes(bytes)} in ${into}${same.length > 0 ? `; ${same.length} were there` : ""}.`,
    ]);
    if (problems.length > 0)
      throw new VisibleError("NotEverything", 409, `${formatCount(problems.length, "file")} could not be downloaded.`);
  } finally {
    line.end();
  }
}

/** Throws UsageError for what is no link. */
function linkOf(typed: string): URL {
  const url = URL.parse(typed);
  if (!url || !/^\/t\/[^/]+\/?$/.test(url.pathname))
    throw new UsageError("A link is like https://files.example.com/t/...", "get");
  requireSafe(url);
  return url;
}

/** Files by their path, or the path of a folder that they are in. Throws FileNotFound for one that nothing matches. */
function chosen(items: DownloadItem[], paths: readonly string[] | undefined): DownloadItem[] {
  if (!paths) return items;
  const folders = paths.map((path) => path.replace(/\/+$/, ""));
  const isIn = (folder: string) => (item: DownloadItem) => item.path === folder || item.path.startsWith(`${folder}/`);
  for (const folder of folders)
    if (!items.some(isIn(folder)))
      throw new VisibleError("FileNotFound", 404, `The transfer has no “${plain(folder)}”.`);
  return items.filter((item) => folders.some((folder) => isIn(folder)(item)));
}
