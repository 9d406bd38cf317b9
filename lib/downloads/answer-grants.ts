import type { FileRow } from "#lib/files/file.store.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import type { GrantsOutput, RefusedFile } from "./download.schema.ts";
import { presignFiles } from "./presign-download.ts";

/**
 * The result of `work` for the file with this ordinal, or an error that a person may see, so that other files continue.
 */
export async function orRefusal<T>(ordinal: number, work: () => T | Promise<T>): Promise<T | RefusedFile> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VisibleError) return { ordinal, error: { code: error.code, message: error.message } };
    throw error;
  }
}

/**
 * Signs a URL, valid for `seconds`, for each file that may be downloaded. `grantOf` returns the grant that is sent with
 * it.
 */
export async function answerGrants(
  transfer: TransferRow,
  outcomes: (FileRow | RefusedFile)[],
  seconds: number,
  grantOf: (file: FileRow) => string,
): Promise<GrantsOutput> {
  const files = outcomes.filter((outcome): outcome is FileRow => !("error" in outcome));
  const { signatures, ...common } = await presignFiles(transfer, files, seconds);
  const signed = new Map(files.map((file, index) => [file.ordinal, signatures[index] ?? ""]));
  return {
    ...common,
    files: outcomes.map((outcome) => {
      if ("error" in outcome) return outcome;
      const { ordinal, size, crc64 } = outcome;
      const signature = signed.get(ordinal) ?? "";
      return { ordinal, grant: grantOf(outcome), signature, size, ...(crc64 ? { crc64 } : {}) };
    }),
  };
}
