"use client";
import { useState } from "react";
import { formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { pickFromFileList } from "#lib/upload-engine/drop.ts";
import type { Supplied } from "#lib/upload-engine/recovery.ts";
import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";
import { PickButtons } from "./drop-area.tsx";
import { uploadEngine } from "./upload-store.ts";

const WORDS = { files: "Pick the files again", folder: "Pick the folder again" };
const MAX_SHOWN = 5;

/** Files that were begun before and that the browser can't read by itself any more: asked for, and told why one is not taken. */
export function MissingFiles({ upload }: { upload: TransferUpload }) {
  const [refused, setRefused] = useState<Supplied["refused"]>([]);
  const { missing } = upload.files;

  async function offer(list: FileList | null) {
    if (!list) return;
    const { files } = pickFromFileList(list);
    const supplied = await uploadEngine().supply(upload.id, files);
    // Of a whole folder only what was asked for matters.
    setRefused(supplied.accepted > 0 && files.length > missing ? [] : supplied.refused);
  }

  return (
    <div className="mt-4 flex flex-col gap-3 rounded-control bg-sunken p-3 sm:p-4">
      <p className="text-sm">
        {missing === 1 ? "One file has" : `${formatCount(missing, "file")} have`} to be picked again: after a reload a
        browser forgets where files are. What has arrived is not sent twice.
      </p>
      <div className="self-start">
        <PickButtons words={WORDS} onFiles={(list) => void offer(list)} />
      </div>
      {refused.length > 0 ? (
        <ul role="alert" className="flex flex-col gap-1 text-bad text-sm">
          {refused.slice(0, MAX_SHOWN).map(({ path, message }) => (
            <li key={path}>
              <bdi className="font-medium">{shorten(visibleName(path))}</bdi>: {message}
            </li>
          ))}
          {refused.length > MAX_SHOWN ? <li>and {formatCount(refused.length - MAX_SHOWN, "more file")}.</li> : null}
        </ul>
      ) : null}
    </div>
  );
}
