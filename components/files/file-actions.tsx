"use client";
import { FileX2, Lock, LockOpen } from "lucide-react";
import { useRouter } from "next/navigation";
import { type MouseEvent, type ReactNode, useState } from "react";
import { Confirm } from "#components/ui/confirm.tsx";
import { localMoment } from "#components/ui/format-time.ts";
import { MenuAt, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DecideFile, FileOfTransfer, FileView } from "#lib/files/file.schema.ts";
import { isBlocked } from "#lib/kernel/file-states.ts";
import type { Result } from "#lib/kernel/result.ts";

export type FileActionsProps = {
  transferId: string;
  /** Absent where the viewer may not open and close files by hand. */
  decide?: ((input: DecideFile) => Promise<Result<FileView>>) | undefined;
  /** Absent where the viewer may not change the transfer. */
  takeOut?:
    | {
        removeFile: (input: FileOfTransfer) => Promise<Result<{ restorableUntil: string }>>;
        restoreFile: (input: FileOfTransfer) => Promise<Result<{ restored: true }>>;
      }
    | undefined;
  children: ReactNode;
};

type File = { ordinal: number; name: string; state: string };
type Asked = File & { act: "open" | "closed" | "out" };

const UNREACHED = "The server could not be reached. Nothing has changed; try again.";

/** What can be done with a file of a sent transfer: one menu for the buttons in the rows inside it. */
export function FileActions({ transferId, decide, takeOut, children }: FileActionsProps) {
  const [menu, setMenu] = useState<File & { button: HTMLButtonElement }>();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const [isAsking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const router = useRouter();
  const toast = useToast();

  function press(event: MouseEvent<HTMLElement>) {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-file-actions]");
    if (!button) return;
    const { fileActions: ordinal, name = "", state = "" } = button.dataset;
    setMenuOpen(!(isMenuOpen && menu?.button === button));
    setMenu({ ordinal: Number(ordinal), name, state, button });
  }

  function ask(file: File, act: Asked["act"]) {
    setAsked({ ...file, act });
    setAsking(true);
  }

  async function putBack({ ordinal, name }: File) {
    const result = await takeOut?.restoreFile({ id: transferId, ordinal }).catch(() => undefined);
    if (result?.ok) toast({ title: `${name} is back` });
    else toast({ title: result?.error.message ?? UNREACHED, tone: "bad" });
    router.refresh();
  }

  async function carryOut(file: Asked) {
    setBusy(true);
    const { ordinal, name, act, state } = file;
    const result = await (act === "out"
      ? takeOut?.removeFile({ id: transferId, ordinal })
      : decide?.({ transferId, ordinal, decision: act, ...(state === "infected" ? { confirmed: true } : {}) })
    )?.catch(() => undefined);
    setBusy(false);
    setAsking(false);
    if (!result?.ok) toast({ title: result?.error.message ?? UNREACHED, tone: "bad" });
    else if ("restorableUntil" in result.value && act === "out") {
      toast({
        title: `${name} is taken out`,
        description: `Until ${localMoment(result.value.restorableUntil ?? "")} it can be put back.`,
        timeout: 10_000,
        action: { label: "Undo", onSelect: () => void putBack(file) },
      });
    }
    router.refresh();
  }

  const opens = isBlocked(menu?.state);
  const closes = menu?.state === "ready";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: a button that is pressed by the keyboard is clicked
    <div onClick={press}>
      {children}
      {menu ? (
        <MenuAt anchor={menu.button} open={isMenuOpen} onOpenChange={setMenuOpen}>
          {decide && (opens || closes) ? (
            <MenuItem icon={opens ? <LockOpen /> : <Lock />} onSelect={() => ask(menu, opens ? "open" : "closed")}>
              {opens ? "Open it by hand" : "Close it by hand"}
            </MenuItem>
          ) : null}
          {decide && (opens || closes) && takeOut ? <MenuSeparator /> : null}
          {takeOut ? (
            <MenuItem icon={<FileX2 />} tone="bad" onSelect={() => ask(menu, "out")}>
              Take out of the transfer
            </MenuItem>
          ) : null}
        </MenuAt>
      ) : null}
      {asked ? (
        <Confirm
          open={isAsking}
          onOpenChange={setAsking}
          busy={busy}
          onConfirm={() => void carryOut(asked)}
          {...questionOf(asked)}
        />
      ) : null}
    </div>
  );
}

function questionOf({ act, name, state }: Asked) {
  const infected = state === "infected";
  if (act === "out")
    return {
      title: `Take out “${name}”?`,
      confirmLabel: "Take out",
      children: "Nobody can view or download it any more. Whoever has it already keeps it.",
    };
  const opens = act === "open";
  return {
    title: opens ? `Open “${name}”?` : `Close “${name}”?`,
    confirmLabel: opens ? (infected ? "Open it all the same" : "Open it") : "Close it",
    cancelLabel: "Leave it",
    tone: opens && !infected ? ("primary" as const) : ("danger" as const),
    children: !opens
      ? "Nobody can download it until it is opened again. Everyone who looks sees that it is closed."
      : infected
        ? "A virus was found in this file. Whoever has the link could download it, and it may harm their computer."
        : "Whoever has the link can then download it. It says that it was not scanned for viruses.",
  };
}
