import type { ErrorBody } from "#lib/kernel/errors.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { createUploadEngine, type UploadEngine } from "#lib/upload-engine/engine.ts";
import { asVisible } from "#lib/upload-engine/errors.ts";
import { errorBody, type UploadSnapshot } from "#lib/upload-engine/snapshot.ts";
import { forgetDraft } from "./draft-store.ts";
import { clearPicks } from "./picks-store.ts";

/**
 * The tab's one upload engine and the transfers that it sends. It belongs to no component, so that sending goes on while
 * a person looks around. Nothing here runs on the server: the engine is made when a browser first asks for it.
 */
let engine: UploadEngine | undefined;
let sendings: readonly TransferView[] = [];
const listeners = new Set<() => void>();

const NOTHING: UploadSnapshot = { paused: false, transfers: [] };
const NO_SENDINGS: readonly TransferView[] = [];

const notify = () => {
  for (const listener of [...listeners]) listener();
};

export function uploadEngine(): UploadEngine {
  if (!engine) {
    engine = createUploadEngine();
    engine.subscribe(notify);
  }
  return engine;
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const getUploads = (): UploadSnapshot => engine?.getSnapshot() ?? NOTHING;
export const getSendings = (): readonly TransferView[] => sendings;
export const noUploads = (): UploadSnapshot => NOTHING;
export const noSendings = (): readonly TransferView[] => NO_SENDINGS;

/** Shows a transfer as one that this tab sends, newest first. */
export function showSending(transfer: TransferView): void {
  sendings = [transfer, ...sendings.filter(({ id }) => id !== transfer.id)];
  notify();
}

/** Goes on with a transfer that was begun before, here or elsewhere; answers what stands against it. */
export async function takeUp(transfer: TransferView): Promise<ErrorBody | undefined> {
  try {
    await uploadEngine().reopen(transfer.id, transfer);
    showSending(transfer);
    return undefined;
  } catch (error) {
    return errorBody(asVisible(error));
  }
}

export function hideSending(id: string): void {
  sendings = sendings.filter((transfer) => transfer.id !== id);
  notify();
}

/** Ends everything, for the one who signs out: what has not arrived is not sent, and this browser keeps nothing of it. */
export function endUploads(): void {
  const ending = uploadEngine();
  ending.close();
  void ending.discardAll();
  engine = undefined;
  sendings = NO_SENDINGS;
  clearPicks();
  forgetDraft();
  notify();
}
