import type { BadgeTone } from "#components/ui/badge.tsx";
import type { DeliveryView } from "#lib/deliveries/delivery.schema.ts";
import { type Amount, percentOf } from "#lib/kernel/file-numbers.ts";
import { formatCount } from "#lib/kernel/format.ts";

/** How far a recipient has come, in a word. What they did goes before what the mail did. */
export function deliveryBadge(delivery: DeliveryView): { label: string; tone: BadgeTone } {
  if (delivery.revokedAt) return { label: "Link closed", tone: "plain" };
  if (delivery.downloadedAt) return { label: "Downloaded", tone: "good" };
  if (delivery.openedAt) return { label: "Opened", tone: "hazel" };
  if (delivery.state === "bounced") return { label: "Not delivered", tone: "bad" };
  if (delivery.state === "mailed") return { label: "Mailed", tone: "moon" };
  return { label: "Waiting", tone: "plain" };
}

/** "3 of 12 files, 25 %", of what can be had or will be; a part that is not whole is never called all, or 100 %. */
export function coverageOf(delivery: Amount, whole: Amount): string {
  if (percentOf(delivery, whole) === 100) return whole.files === 1 ? "the file" : "all files";
  const files = Math.min(delivery.files, whole.files).toLocaleString("en-US");
  return `${files} of ${formatCount(whole.files, "file")}, ${percentOf(delivery, whole)} %`;
}
