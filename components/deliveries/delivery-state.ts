import type { BadgeTone } from "#components/ui/badge.tsx";
import { formatCount } from "#components/ui/format-bytes.ts";
import type { DeliveryView } from "#lib/deliveries/delivery.schema.ts";

/** How far a recipient has come, in a word. What they did goes before what the mail did. */
export function standOf(delivery: DeliveryView): { label: string; tone: BadgeTone } {
  if (delivery.revokedAt) return { label: "Link closed", tone: "plain" };
  if (delivery.downloadedAt) return { label: "Downloaded", tone: "good" };
  if (delivery.openedAt) return { label: "Opened", tone: "hazel" };
  if (delivery.state === "bounced") return { label: "Not delivered", tone: "bad" };
  if (delivery.state === "mailed") return { label: "Mailed", tone: "moon" };
  return { label: "Waiting", tone: "plain" };
}

/** Part of a transfer's bytes that a recipient has, 0 to 1. Files without bytes count by their number. */
export function partOf(
  delivery: Pick<DeliveryView, "files" | "bytes">,
  transfer: { fileCount: number; bytes: number },
): number {
  const part = transfer.bytes > 0 ? delivery.bytes / transfer.bytes : delivery.files / Math.max(1, transfer.fileCount);
  return Math.min(1, part);
}

/** "3 of 12 files, 25 %"; a part that is not whole is never called 100 %. */
export function coverageOf(
  delivery: Pick<DeliveryView, "files" | "bytes">,
  transfer: { fileCount: number; bytes: number },
): string {
  if (delivery.files >= transfer.fileCount) return transfer.fileCount === 1 ? "the file" : "all files";
  const percent = Math.floor(partOf(delivery, transfer) * 100);
  return `${delivery.files.toLocaleString("en-US")} of ${formatCount(transfer.fileCount, "file")}, ${percent} %`;
}
