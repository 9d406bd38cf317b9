import { formatTimeLeft } from "#components/ui/format-time.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";

/** "1.2 GB of 4 GB · 98 MB/s · 28 s left · 3 of 12 files", as far as it can be told. */
export function describeProgress(upload: Omit<TransferUpload, "id" | "version">): string {
  const { bytesSent, bytesTotal, speed, secondsLeft, files, state } = upload;
  const count = files.total - files.cancelled;
  const arrived = `${files.ready.toLocaleString("en")} of ${formatCount(count, "file")}`;
  if (state === "sealed") return `${formatBytes(bytesTotal)} · ${arrived}`;
  return [
    `${formatBytes(bytesSent)} of ${formatBytes(bytesTotal)}`,
    ...(state === "uploading" && speed >= 1 ? [`${formatBytes(Math.round(speed))}/s`] : []),
    ...(state === "uploading" && secondsLeft !== undefined ? [formatTimeLeft(secondsLeft)] : []),
    arrived,
  ].join(" · ");
}
