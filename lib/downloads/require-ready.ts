import { FileNotFound, FileNotReady } from "#lib/files/file.errors.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { viewGuestFile } from "#lib/files/file.view.ts";
import { FileBeingChecked, FileBlocked } from "./download.errors.ts";

/** Throws the error for guests if a file can't be downloaded. */
export function requireReady(file: FileRow): void {
  switch (file.state) {
    case "ready":
      return;
    case "cancelled":
    case "removed":
    case "failed":
      throw new FileNotFound();
    case "stored":
      throw new FileBeingChecked();
    case "infected":
    case "unscannable":
      throw new FileBlocked(viewGuestFile(file, undefined).notice ?? "This file can't be downloaded.");
    default:
      throw new FileNotReady();
  }
}
