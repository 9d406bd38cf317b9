"use client";
import { FilePlus2, FolderPlus } from "lucide-react";
import { useRef } from "react";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Dormouse } from "#components/ui/dormouse.tsx";
import type { Picks } from "./picks-store.ts";
import { chooseFiles } from "./use-picks.ts";

/** Makes an input pick a folder with all below it; React knows the attribute by no type. */
const WHOLE_FOLDER = { webkitdirectory: "" };

/** Where files are dropped or chosen; the dormouse wakes when they come near. */
export function DropArea({ compact, picks }: { compact: boolean; picks: Picks }) {
  const { reading, nothing, unreadable } = picks;
  return (
    <div
      className={classNames(
        "flex flex-col items-center rounded-card border-2 border-edge/45 border-dashed bg-surface px-6 text-center",
        compact ? "py-6" : "py-12",
      )}
    >
      {compact ? null : <Dormouse mood={reading ? "carrying" : "asleep"} className="w-40" />}
      <p className={classNames("font-medium", compact ? "text-base" : "mt-6 text-xl")}>
        {reading ? "Reading what you brought …" : compact ? "Send something else" : "Drop files or folders anywhere"}
      </p>
      {compact ? null : <p className="mt-1 text-soft">Paste works too. Any size, any number.</p>}
      {nothing || unreadable.length > 0 ? (
        <p role="alert" className="mt-3 text-bad text-sm">
          {nothing
            ? "There is no file in that: empty folders can't be sent."
            : "The browser could not read any of it. Choose the files with the buttons instead."}
        </p>
      ) : null}
      <div className="mt-5">
        <PickButtons primary />
      </div>
    </div>
  );
}

const CHOOSE = { files: "Choose files", folder: "Choose a folder" };
const ADD = { files: "Add files", folder: "Add a folder" };

export type PickButtonsProps = {
  primary?: boolean;
  /** Takes what was picked; by default it is about to be sent. */
  onFiles?: (list: FileList | null) => void;
  words?: { files: string; folder: string };
};

/** The two buttons that open the system's own pickers. */
export function PickButtons({
  primary = false,
  onFiles = chooseFiles,
  words = primary ? CHOOSE : ADD,
}: PickButtonsProps) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <Button
        id={primary ? "choose-files" : undefined}
        variant={primary ? "primary" : "secondary"}
        icon={<FilePlus2 className="size-4" aria-hidden />}
        onClick={() => files.current?.click()}
      >
        {words.files}
      </Button>
      <Button icon={<FolderPlus className="size-4" aria-hidden />} onClick={() => folder.current?.click()}>
        {words.folder}
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files"
        data-testid="files"
        onChange={(event) => {
          onFiles(event.target.files);
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
          onFiles(event.target.files);
          event.target.value = "";
        }}
      />
    </div>
  );
}
