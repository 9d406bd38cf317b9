"use client";
import { useSyncExternalStore } from "react";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferUpload, UploadSnapshot } from "#lib/upload-engine/snapshot.ts";
import { getSendings, getUploads, noSendings, noUploads, subscribe } from "./upload-store.ts";

/** How all uploads of this tab stand. */
export const useUploads = (): UploadSnapshot => useSyncExternalStore(subscribe, getUploads, noUploads);

/** The transfers that this tab sends or has sent, until they are put away. */
export const useSendings = (): readonly TransferView[] => useSyncExternalStore(subscribe, getSendings, noSendings);

/** Of a transfer's states those in which leaving the page would lose something. */
const UNFINISHED = new Set<TransferUpload["state"]>([
  "uploading",
  "waiting for network",
  "stalled",
  "pausing",
  "paused",
  "verifying",
  "sealing",
  "failed",
]);

export const isUnfinished = ({ state }: TransferUpload): boolean => UNFINISHED.has(state);

/** 0 to 1; a transfer of empty files has all its bytes. */
export const partSent = ({ bytesSent, bytesTotal }: Pick<TransferUpload, "bytesSent" | "bytesTotal">): number =>
  bytesTotal === 0 ? 1 : bytesSent / bytesTotal;
