"use client";
import { useCallback, useEffect, useState } from "react";
import { type Picked, pickFromDataTransfer, pickFromFileList } from "#lib/upload-engine/drop.ts";
import type { UploadSource } from "#lib/upload-engine/job.ts";

export type PickedFiles = {
  files: UploadSource[];
  unreadable: Picked["unreadable"];
  /** Files hover over the window. */
  dragging: boolean;
  choose: (list: FileList | null) => void;
  remove: (index: number) => void;
  clear: () => void;
};

const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Files dropped or pasted anywhere on the page, or chosen; a paste into a field is left to the field. */
export function usePickedFiles(): PickedFiles {
  const [files, setFiles] = useState<UploadSource[]>([]);
  const [unreadable, setUnreadable] = useState<Picked["unreadable"]>([]);
  const [dragging, setDragging] = useState(false);

  const add = useCallback((picked: Picked) => {
    setFiles((before) => [...before, ...picked.files]);
    setUnreadable((before) => [...before, ...picked.unreadable]);
  }, []);

  useEffect(() => {
    let depth = 0;
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth += 1;
      setDragging(true);
    };
    const leave = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      setDragging(depth > 0);
    };
    const over = (event: DragEvent) => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setDragging(false);
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      void pickFromDataTransfer(event.dataTransfer).then(add);
    };
    const paste = (event: ClipboardEvent) => {
      if (!event.clipboardData || inField(event.target)) return;
      event.preventDefault();
      void pickFromDataTransfer(event.clipboardData).then(add);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop, paste };
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        window.removeEventListener(name, listener as EventListener);
    };
  }, [add]);

  return {
    files,
    unreadable,
    dragging,
    choose: useCallback((list) => list && add(pickFromFileList(list)), [add]),
    remove: useCallback((index) => setFiles((before) => before.filter((_, at) => at !== index)), []),
    clear: useCallback(() => {
      setFiles([]);
      setUnreadable([]);
    }, []),
  };
}
