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

/** In a page that says `data-nothing-sent` somewhere: there it is large and says what it is for. */
const FIRST = {
  area: "group-has-[[data-nothing-sent]]/page:flex-col group-has-[[data-nothing-sent]]/page:py-12 group-has-[[data-nothing-sent]]/page:text-center",
  dormouse: "hidden w-40 group-has-[[data-nothing-sent]]/page:block",
  title: "group-has-[[data-nothing-sent]]/page:text-xl",
};

/** Where files are dropped or chosen; the dormouse wakes when they come near. `busy`: something else is being sent. */
export function DropArea({ busy, picks }: { busy: boolean; picks: Picks }) {
  const { reading, nothing, unreadable } = picks;
  return (
    <div
      className={classNames(
        "flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-card border-2 border-edge/45 border-dashed bg-surface px-4 py-4 sm:px-6",
        busy ? "" : FIRST.area,
      )}
    >
      {busy ? null : <Dormouse mood={reading ? "carrying" : "asleep"} className={FIRST.dormouse} />}
      <div className="min-w-0">
        <p className={classNames("font-medium", busy ? "" : FIRST.title)}>
          {reading ? "Reading what you brought …" : busy ? "Send something else" : "Drop files or folders anywhere"}
        </p>
        <p className="text-soft text-sm">Paste works too. Any size, any number.</p>
        {nothing || unreadable.length > 0 ? (
          <p role="alert" className="mt-2 text-bad text-sm">
            {nothing
              ? "There is no file in that: empty folders can't be sent."
              : "The browser could not read any of it. Choose the files with the buttons instead."}
          </p>
        ) : null}
      </div>
      <PickButtons primary />
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
