import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { partSent } from "./use-uploads.ts";

/**
 * What is said aloud of a transfer: its beginning, each quarter, every stop and its end. The words stay the same in
 * between, so that a live region says them once.
 */
export function announcementOf(transfer: Omit<TransferUpload, "id" | "version">, paused: boolean): string {
  const { state, files, problem } = transfer;
  if (state === "sealed")
    return files.ready === 1 ? "The file has been sent." : `All ${files.ready} files have been sent.`;
  if (state === "cancelled") return "Sending was cancelled.";
  if (problem) return "Sending has stopped.";
  if (state === "failed")
    return files.failed === 1 ? "One file could not be sent." : `${files.failed} files could not be sent.`;
  if (state === "missing") return "Some files have to be picked again.";
  if (state === "pausing") return "Sending is about to pause.";
  if (paused) return "Sending is paused.";
  if (state === "waiting for network") return "The network is gone. Sending goes on when it is back.";
  if (state === "stalled") return "Nothing moves any more. Sending is tried again.";
  const quarter = Math.floor(partSent(transfer) * 4) * 25;
  if (quarter === 0 || transfer.bytesTotal === 0) return "Sending has begun.";
  return quarter === 100
    ? "Everything has left. What has arrived is being compared with what you have."
    : `${quarter} percent sent.`;
}
