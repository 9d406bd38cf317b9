import type { ErrorBody } from "#lib/kernel/errors.ts";

/** Codes whose own sentence is made for people and fits where it is shown. */
const OWN_WORDS = new Set([
  "InvalidInput",
  "NotAllowed",
  "TransferNotFound",
  "TransferExpired",
  "TransferDeleted",
  "TransferSealed",
  "TransferPurged",
  "TooManyFiles",
  "FileTooLarge",
  "TransferTooLarge",
  "QuotaReached",
  "NoFiles",
  "FileNotFound",
  "FilesFailed",
  "FileGone",
  "SentElsewhere",
  "TransferClosed",
]);

const SENTENCES: Record<string, string> = {
  FileChanged:
    "It was changed, moved or removed after it was picked. Remove it here and pick it again, or put it back as it was and retry.",
  OtherFile: "It is not the file whose sending was begun: its bytes differ. Retry to send this one from its start.",
  NetworkLost: "The connection was lost and did not come back in time. Retry when you are online again.",
  NotSignedIn: "You have been signed out. Sign in again in another tab, then press Resume here.",
  ChecksumMismatch: "What arrived is not what was read: the checksums differ. Retry to send it again.",
  FilesMissing: "Some files have not arrived, so the transfer can't be finished. Resume to look again.",
  OrdinalTaken: "Another page adds files to this transfer as well. Retry.",
  FileNotUploadable: "It was taken out of the transfer from elsewhere. Remove it here, or retry to send it anew.",
  PartsMissing: "Parts of it have not arrived. Retry: only those are sent.",
  NotUploaded: "It has not arrived. Retry to send it again.",
  NotStored: "The storage did not keep it. Retry to send it again.",
  PartOutOfRange: "It was registered with another size. Retry to send it anew.",
  UnexpectedAnswer: "The server's answer was not understood: it may have been updated. Reload the page.",
  OtherOrigin: "This page was opened under another address than the server's own. Reload it there.",
  EntityTooLarge: "It is larger than the storage takes.",
  AccessDenied: "The storage refused it. Retry; if that does not help, your clock may be wrong.",
  RequestTimeTooSkewed: "Your computer's clock is wrong. Set it right, then retry.",
  QuotaExceeded: "The storage is full.",
  SlowDown: "The storage is too busy right now. Retry in a moment.",
  Closed: "Sending was ended before everything had arrived.",
};

/** What a person reads of an error of the upload engine, the protocol or the storage; never a program's own words. */
export function problemSentence({ code, message }: ErrorBody): string {
  if (OWN_WORDS.has(code)) return message;
  return SENTENCES[code] ?? `Something went wrong while it was being sent (${code}). Retry to send it again.`;
}
