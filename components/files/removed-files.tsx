"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { FileOfTransfer, FileView } from "#lib/files/file.schema.ts";
import type { Result } from "#lib/kernel/result.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";

export type RemovedFilesProps = {
  transferId: string;
  files: FileView[];
  restoreFile: (input: FileOfTransfer) => Promise<Result<{ restored: true }>>;
};

const called = ({ path }: FileView): string => shorten(visibleName(path));

/** Files that were taken out and can be put back; nothing where there are none. */
export function RemovedFiles({ transferId, files, restoreFile }: RemovedFilesProps) {
  const router = useRouter();
  const toast = useToast();
  const [busy, setBusy] = useState<number>();
  const removed = files.filter(({ state, restorableUntil }) => state === "removed" && restorableUntil);
  if (removed.length === 0) return null;

  async function putBack(file: FileView) {
    setBusy(file.ordinal);
    const result = await restoreFile({ id: transferId, ordinal: file.ordinal }).catch(() => undefined);
    setBusy(undefined);
    if (result?.ok) toast({ title: `${called(file)} is back` });
    else toast({ title: result?.error.message ?? "The server could not be reached. Try again.", tone: "bad" });
    router.refresh();
  }

  return (
    <section aria-label="Files that were taken out" className="rounded-card border border-line border-dashed px-4 py-2">
      <ul className="divide-y divide-line text-sm">
        {removed.map((file) => (
          <li key={file.ordinal} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
            <bdi className="min-w-0 flex-1 basis-40 [overflow-wrap:anywhere]">{called(file)}</bdi>
            <span className="tnum text-[0.8125rem] text-soft">
              taken out, can be put back until <LocalTime iso={file.restorableUntil ?? ""} format="minute" />
            </span>
            <Button
              size="sm"
              busy={busy === file.ordinal}
              aria-label={`Put back ${called(file)}`}
              onClick={() => void putBack(file)}
            >
              Put back
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
