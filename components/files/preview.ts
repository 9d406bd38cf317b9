import type { FileView, Rendition } from "#lib/files/file.schema.ts";
import { smallestPicture } from "#lib/kernel/smallest-picture.ts";

/** How a file is shown: by which of its renditions. */
export type Preview =
  | { as: "picture"; picture: Rendition }
  | { as: "document"; page: Rendition; text: Rendition | undefined }
  | { as: "video"; video: Rendition; poster: Rendition | undefined; silent: boolean }
  | { as: "audio"; audio: Rendition }
  | { as: "text"; text: Rendition }
  | { as: "archive"; entries: Rendition };

/** What there is to see of a file; undefined when nothing was made of it, or this viewer may not see it. */
export function previewOf({ renditions = [] }: Pick<FileView, "renditions">): Preview | undefined {
  const find = (...names: string[]) =>
    names.map((name) => renditions.find((one) => one.name === name)).find((one) => one !== undefined);
  const poster = find("poster.webp");
  const video = find("video.mp4", "clip.mp4");
  if (video) return { as: "video", video, poster, silent: video.name === "clip.mp4" };
  const audio = renditions.find(({ type }) => type.startsWith("audio/"));
  if (audio) return { as: "audio", audio };
  const [page, text] = [find("page-1.webp"), find("text.txt")];
  if (page) return { as: "document", page, text };
  const entries = find("entries.json");
  if (entries) return { as: "archive", entries };
  const picture = find("view.webp") ?? poster ?? find("thumb.webp");
  if (text && !picture) return { as: "text", text };
  return picture ? { as: "picture", picture } : undefined;
}

/** The rendition that shows most by itself, for browsers without script. */
export function mainRendition(preview: Preview): Rendition {
  switch (preview.as) {
    case "picture":
      return preview.picture;
    case "document":
      return preview.page;
    case "video":
      return preview.video;
    case "audio":
      return preview.audio;
    case "text":
      return preview.text;
    case "archive":
      return preview.entries;
  }
}

/** The smallest picture of a file. */
export const thumbnailOf = ({ renditions }: Pick<FileView, "renditions">): Rendition | undefined =>
  smallestPicture(renditions);

/** `3:07` or `1:02:03`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** What is known of the content, in the fewest words: `4,000 × 3,000`, `12 pages`. */
export function describeFacts({ facts = {} }: Pick<FileView, "facts">): string[] {
  const count = (value: number) => value.toLocaleString("en");
  const { width, height, seconds, pages, entries } = facts;
  return [
    width && height ? `${count(width)} × ${count(height)}` : "",
    seconds ? formatSeconds(seconds) : "",
    pages ? (pages === 1 ? "1 page" : `${count(pages)} pages`) : "",
    entries !== undefined ? (entries === 1 ? "1 entry" : `${count(entries)} entries`) : "",
  ].filter((fact) => fact !== "");
}
