/** What a file is to the workflow, by its first bytes; `other` has nothing to preview. */
export const FILE_KINDS = ["picture", "document", "archive", "audio", "video", "text", "other"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** States of the workflow in which the previews of a batch are made. */
export const PREVIEW_STATES = ["Pictures", "Documents", "Archives", "Media"] as const;
export type PreviewState = (typeof PREVIEW_STATES)[number];
/** The state in which a container makes more of a batch than a preview. */
export const TRANSCODE_STATE = "Transcode";

type Handling = {
  /** The state that its batches go through. */
  state: PreviewState;
  /** What makes its previews (`lib/inspection/inspect.ts`). */
  maker: "picture" | "document" | "text" | "archive" | "media";
  /** A container makes a poster, a clip and a copy afterwards. */
  transcoded?: true;
};

/** What is done with the files of each kind; nothing with `other`. */
const HANDLING: Record<Exclude<FileKind, "other">, Handling> = {
  picture: { state: "Pictures", maker: "picture" },
  document: { state: "Documents", maker: "document" },
  text: { state: "Documents", maker: "text" },
  archive: { state: "Archives", maker: "archive" },
  audio: { state: "Media", maker: "media" },
  video: { state: "Media", maker: "media", transcoded: true },
};

export const handlingOf = (kind: FileKind): Handling | undefined => (kind === "other" ? undefined : HANDLING[kind]);

export const isTranscoded = (kind: FileKind | undefined): boolean =>
  kind !== undefined && handlingOf(kind)?.transcoded === true;

/** The kinds whose batches go through a state. */
export const kindsOf = (state: PreviewState): FileKind[] =>
  FILE_KINDS.filter((kind) => handlingOf(kind)?.state === state);
