import { Download, File, Folder as FolderIcon } from "lucide-react";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { formatCount } from "#components/ui/format-bytes.ts";
import type { FileView } from "#lib/files/file.schema.ts";
import { buildTree, type Folder, type NamedFile, shorten, visibleName } from "./build-tree.ts";

/** `href`: where a file is downloaded; without it none can be. */
export type FileTreeProps = { files: FileView[]; href?: (file: FileView) => string };

/** Files in their folders, drawn on the server: folders open and close by the browser's own means, without script. */
export function FileTree({ files, href }: FileTreeProps) {
  return <Level folder={buildTree(files)} href={href} />;
}

/** Folders of more files stay closed, so that a long list begins with its outline; one that is alone is open. */
const OPEN_UP_TO = 40;

const ROW = "flex items-center gap-3 rounded-control px-2 hover:bg-ink/4 sm:px-3";
const BESIDE = "tnum text-[0.8125rem] text-soft sm:shrink-0 sm:text-right";

function Level({ folder, href }: { folder: Folder; href: FileTreeProps["href"] }) {
  const alone = folder.folders.length + folder.files.length === 1;
  return (
    <>
      {folder.folders.map((child) => (
        <details key={child.path} open={alone || child.count <= OPEN_UP_TO} className="group/folder">
          <summary className={`${ROW} list-none py-2 [&::-webkit-details-marker]:hidden`}>
            <FolderIcon
              className="size-4 shrink-0 fill-hazel-wash text-hazel group-open/folder:fill-transparent"
              aria-hidden
            />
            <span className="min-w-0 flex-1 items-baseline gap-3 sm:flex">
              <Name name={child.name} />
              <span className={`${BESIDE} block`}>
                {formatCount(child.count, "file")} · <Bytes value={child.size} />
              </span>
            </span>
          </summary>
          <div className="ml-2.5 border-line border-l pl-1.5 sm:ml-4 sm:pl-2">
            <Level folder={child} href={href} />
          </div>
        </details>
      ))}
      {folder.files.length > 0 ? (
        <ul>
          {folder.files.map((file) => (
            <Row key={file.ordinal} file={file} href={href?.(file)} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Row({ file, href }: { file: NamedFile; href: string | undefined }) {
  const name = shorten(visibleName(file.name));
  return (
    <li className={`${ROW} min-h-11 py-1`}>
      <File className="size-4 shrink-0 text-faint" aria-hidden />
      <span className="min-w-0 flex-1 items-baseline gap-3 sm:flex">
        <Name name={file.name} />
        <Bytes value={file.size} className={`${BESIDE} block`} />
      </span>
      {file.state !== "stored" ? (
        <span className="shrink-0 px-2.5 text-[0.8125rem] text-moon sm:w-28 sm:text-right">arrives soon</span>
      ) : href ? (
        <a href={href} className={buttonClass("quiet", "sm", "sm:w-28")} aria-label={`Download ${name}`}>
          <Download className="size-4" aria-hidden />
          <span className="hidden sm:inline">Download</span>
        </a>
      ) : null}
    </li>
  );
}

function Name({ name }: { name: string }) {
  const shown = visibleName(name);
  return (
    <bdi className="block min-w-0 flex-1 [overflow-wrap:anywhere]" title={shown}>
      {shorten(shown)}
    </bdi>
  );
}
