import { Download, File, Folder as FolderIcon } from "lucide-react";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import type { FileView } from "#lib/files/file.schema.ts";
import { buildTree, type Folder, type NamedFile, shorten, visibleName } from "./build-tree.ts";

export type FileTreeProps = { files: FileView[]; href: (file: FileView) => string };

/** Files in their folders, drawn on the server: folders open and close by the browser's own means, without script. */
export function FileTree({ files, href }: FileTreeProps) {
  return (
    <div className="divide-y divide-line">
      <Level folder={buildTree(files)} href={href} />
    </div>
  );
}

/** Folders of more files stay closed, so that a long list begins with its outline; one that is alone is open. */
const OPEN_UP_TO = 200;

function Level({ folder, href }: { folder: Folder; href: FileTreeProps["href"] }) {
  const alone = folder.folders.length + folder.files.length === 1;
  return (
    <>
      {folder.folders.map((child) => (
        <details key={child.path} open={alone || child.count <= OPEN_UP_TO} className="group">
          <summary className="flex list-none items-center gap-3 rounded-control px-3 py-2.5 hover:bg-ink/4">
            <FolderIcon className="size-4 shrink-0 text-hazel" aria-hidden />
            <Name name={child.name} />
            <span className="tnum ml-auto shrink-0 text-[0.8125rem] text-faint">
              {child.count} {child.count === 1 ? "file" : "files"}
            </span>
            <Bytes value={child.size} className="w-20 shrink-0 text-right text-[0.8125rem] text-soft" />
          </summary>
          <div className="ml-4 border-line border-l pl-2">
            <Level folder={child} href={href} />
          </div>
        </details>
      ))}
      {folder.files.length > 0 ? (
        <ul>
          {folder.files.map((file) => (
            <Row key={file.ordinal} file={file} href={href(file)} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Row({ file, href }: { file: NamedFile; href: string }) {
  return (
    <li className="flex items-center gap-3 rounded-control px-3 py-1.5 hover:bg-ink/4">
      <File className="size-4 shrink-0 text-faint" aria-hidden />
      <Name name={file.name} />
      <Bytes value={file.size} className="ml-auto w-20 shrink-0 text-right text-[0.8125rem] text-soft" />
      {file.state === "stored" ? (
        <a
          href={href}
          className={buttonClass("quiet", "sm")}
          aria-label={`Download ${shorten(visibleName(file.name))}`}
        >
          <Download className="size-4" aria-hidden />
          <span className="hidden sm:inline">Download</span>
        </a>
      ) : (
        <span className="px-2.5 text-[0.8125rem] text-faint">arrives soon</span>
      )}
    </li>
  );
}

function Name({ name }: { name: string }) {
  const shown = visibleName(name);
  return (
    <bdi className="min-w-0 [overflow-wrap:anywhere]" title={shown}>
      {shorten(shown)}
    </bdi>
  );
}
