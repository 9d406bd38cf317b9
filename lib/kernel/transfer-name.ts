import { baseName } from "./file-name.ts";

/**
 * What a transfer is called: its title, else its first file's name "and 2 more". Derived wherever it is needed, never kept.
 * `firstPath`: of the first file in order that the sender means to send; `files` counts all of these.
 */
export function transferName({
  title,
  firstPath,
  files,
}: {
  title: string;
  firstPath: string | undefined;
  files: number;
}): string {
  const given = title.trim();
  if (given) return given;
  const first = firstPath && baseName(firstPath).trim();
  if (!first) return "Untitled transfer";
  return files > 1 ? `${first} and ${(files - 1).toLocaleString("en-US")} more` : first;
}
