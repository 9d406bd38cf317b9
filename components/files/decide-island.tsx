"use client";
import { useRouter } from "next/navigation";
import { type MouseEvent, type ReactNode, useState } from "react";
import { Confirm } from "#components/ui/confirm.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DecideFile, FileView } from "#lib/files/file.schema.ts";
import type { Result } from "#lib/kernel/result.ts";

export type DecideIslandProps = {
  transferId: string;
  decide: (input: DecideFile) => Promise<Result<FileView>>;
  children: ReactNode;
};

type Asked = Pick<DecideFile, "ordinal" | "decision"> & { name: string; infected: boolean };

/** Asks before a file is opened or closed by hand, for the buttons inside it that offer that. */
export function DecideIsland({ transferId, decide, children }: DecideIslandProps) {
  const [asked, setAsked] = useState<Asked>();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const router = useRouter();
  const toast = useToast();

  function ask(event: MouseEvent<HTMLElement>) {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-decide]");
    if (!button) return;
    const { decide: ordinal, decision, name = "", infected } = button.dataset;
    setAsked({
      ordinal: Number(ordinal),
      decision: decision === "open" ? "open" : "closed",
      name,
      infected: infected === "true",
    });
    setOpen(true);
  }

  async function carryOut({ ordinal, decision, infected }: Asked) {
    setBusy(true);
    const result = await decide({ transferId, ordinal, decision, ...(infected ? { confirmed: true } : {}) }).catch(
      () => undefined,
    );
    setBusy(false);
    setOpen(false);
    if (result?.ok) router.refresh();
    else toast({ title: result?.error.message ?? "The server could not be reached. Nothing has changed; try again." });
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: a button that is pressed by the keyboard is clicked
    <div onClick={ask}>
      {children}
      {asked ? (
        <Confirm
          open={open}
          onOpenChange={setOpen}
          title={asked.decision === "open" ? `Open “${asked.name}”?` : `Close “${asked.name}”?`}
          confirmLabel={asked.infected ? "Open it all the same" : asked.decision === "open" ? "Open it" : "Close it"}
          cancelLabel="Leave it"
          tone={asked.decision === "open" && !asked.infected ? "primary" : "danger"}
          busy={busy}
          onConfirm={() => void carryOut(asked)}
        >
          {asked.infected
            ? "A virus was found in this file. Whoever has the link could download it, and it may harm their computer."
            : asked.decision === "open"
              ? "Whoever has the link can then download it. It says that it was not scanned for viruses."
              : "Nobody can download it until it is opened again. Everyone who looks sees that it is closed."}
        </Confirm>
      ) : null}
    </div>
  );
}
