"use client";
import { FilePlus2, FolderPlus } from "lucide-react";
import { useRef } from "react";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Dormouse } from "#components/ui/dormouse.tsx";
import type { PickedFiles } from "./use-picked-files.ts";

export type DropAreaProps = { compact: boolean; picked: PickedFiles };

/** Makes an input pick a folder with all below it; React knows the attribute by no type. */
const WHOLE_FOLDER = { webkitdirectory: "" };

/** Where files are dropped or chosen; the dormouse wakes when they come near. */
export function DropArea({ compact, picked }: DropAreaProps) {
  return (
    <div
      className={classNames(
        "flex flex-col items-center rounded-card border-2 border-dashed px-6 text-center transition-colors",
        compact ? "py-6" : "py-12",
        picked.dragging ? "border-hazel bg-hazel-wash" : "border-line bg-surface",
      )}
    >
      {compact ? null : <Dormouse mood={picked.dragging ? "carrying" : "asleep"} className="w-40" />}
      <p className={classNames("font-medium", compact ? "text-base" : "mt-6 text-xl")}>
        {picked.dragging ? "Let go to add them" : compact ? "Send something else" : "Drop files or folders anywhere"}
      </p>
      {compact ? null : <p className="mt-1 text-soft">Paste works too. Any size, any number.</p>}
      <div className="mt-5">
        <PickButtons choose={picked.choose} primary />
      </div>
    </div>
  );
}

/** The two buttons that open the system's own pickers. */
export function PickButtons({ choose, primary = false }: { choose: PickedFiles["choose"]; primary?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <Button
        variant={primary ? "primary" : "secondary"}
        icon={<FilePlus2 className="size-4" aria-hidden />}
        onClick={() => files.current?.click()}
      >
        Choose files
      </Button>
      <Button icon={<FolderPlus className="size-4" aria-hidden />} onClick={() => folder.current?.click()}>
        Choose a folder
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files"
        data-testid="files"
        onChange={(event) => {
          choose(event.target.files);
          event.target.value = "";
        }}
      />
      <input
        ref={folder}
        type="file"
        {...WHOLE_FOLDER}
        hidden
        aria-label="Folder"
        data-testid="folder"
        onChange={(event) => {
          choose(event.target.files);
          event.target.value = "";
        }}
      />
    </div>
  );
}
