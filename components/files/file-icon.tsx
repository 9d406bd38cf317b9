import {
  Download,
  EllipsisVertical,
  File,
  FileArchive,
  FileAudio,
  FileImage,
  FileText,
  FileVideo,
  Folder,
  type LucideIcon,
  ShieldAlert,
} from "lucide-react";
import type { FileView } from "#lib/files/file.schema.ts";

const KINDS: Partial<Record<NonNullable<FileView["kind"]>, LucideIcon>> = {
  picture: FileImage,
  document: FileText,
  text: FileText,
  archive: FileArchive,
  audio: FileAudio,
  video: FileVideo,
};
const ALL = { download: Download, more: EllipsisVertical, folder: Folder, blocked: ShieldAlert, other: File, ...KINDS };

/** A file by its kind, where that is known. */
export function FileIcon({ kind, className }: { kind: FileView["kind"]; className: string }) {
  const Icon = (kind && KINDS[kind]) || File;
  return <Icon className={className} strokeWidth={1.5} aria-hidden />;
}

/** The icons of long lists, drawn once: rows point to them, and a page of a thousand files is a third as long. */
export function IconSheet() {
  return (
    <svg className="hidden" aria-hidden>
      {Object.entries(ALL).map(([name, Icon]) => (
        <symbol key={name} id={`icon-${name}`} viewBox="0 0 24 24">
          <Icon strokeWidth={name === "download" ? 2 : 1.5} />
        </symbol>
      ))}
    </svg>
  );
}

export const SheetIcon = ({ name, className }: { name: keyof typeof ALL; className: string }) => (
  <svg className={className} aria-hidden>
    <use href={`#icon-${name}`} />
  </svg>
);
