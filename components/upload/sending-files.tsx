"use client";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { VirtualList } from "#components/ui/virtual-list.tsx";
import type { FileUpload, TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { FileRow } from "./file-row.tsx";
import { uploadEngine } from "./upload-store.ts";

/** Every file of a transfer that is being sent; of those that failed, what can be done with all at once. */
export function SendingFiles({ upload, over }: { upload: TransferUpload; over: boolean }) {
  const [failedOnly, setFailedOnly] = useState(false);
  const engine = uploadEngine();
  const { id, files } = upload;
  const filtered = failedOnly && files.failed > 0;
  const failed = () => engine.listFiles(id).filter((file) => file.state === "failed");
  const forEachFailed = (act: (id: string) => void) => {
    for (const file of failed()) act(file.id);
  };
  const shown = filtered ? failed() : undefined;
  const fileAt = (index: number): FileUpload | undefined => shown?.[index] ?? engine.listFiles(id, index, index + 1)[0];
  return (
    <>
      {files.failed > 0 ? (
        <div className="mt-4 flex flex-wrap items-center gap-2 rounded-control bg-bad-wash py-2 pr-2 pl-3">
          <p className="mr-auto text-bad text-sm">
            {files.failed === 1 ? "One file" : `${files.failed.toLocaleString("en")} files`} could not be sent.
          </p>
          {files.total > 8 ? (
            <Button size="sm" aria-pressed={filtered} onClick={() => setFailedOnly(!filtered)}>
              {filtered ? "Show all files" : "Show only these"}
            </Button>
          ) : null}
          <Button size="sm" onClick={() => forEachFailed(engine.retry)}>
            Retry all
          </Button>
          <Button size="sm" onClick={() => forEachFailed(engine.cancelFile)}>
            Finish without {files.failed === 1 ? "it" : "them"}
          </Button>
        </div>
      ) : null}
      <VirtualList
        label="Files being sent"
        count={shown?.length ?? files.total}
        rowHeight={45}
        keyOf={(index) => shown?.[index]?.index ?? index}
        className="mt-4 max-h-80"
        row={(index) => {
          const file = fileAt(index);
          return file ? (
            <FileRow
              file={file}
              over={over}
              cancel={() => engine.cancelFile(file.id)}
              retry={() => engine.retry(file.id)}
            />
          ) : null;
        }}
      />
    </>
  );
}
