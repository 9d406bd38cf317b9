"use client";
import { useSyncExternalStore } from "react";
import { pickFromFileList } from "#lib/upload-engine/drop.ts";
import { addPicked, getPicks, noPicks, type Picks, subscribe } from "./picks-store.ts";

/** What is about to be sent. */
export const usePicks = (): Picks => useSyncExternalStore(subscribe, getPicks, noPicks);

/** Adds what an `<input type="file">` was given. */
export function chooseFiles(list: FileList | null): void {
  if (list) void addPicked(Promise.resolve(pickFromFileList(list)));
}
