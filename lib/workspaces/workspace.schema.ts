import { z } from "zod";
import { LIMITED } from "#lib/kernel/choices.ts";
import { ScanPolicy } from "#lib/workflow/run.schema.ts";

const Bytes = z.number().int("A limit is a whole number of bytes.").positive("A limit is at least one byte.");

/** What may be reserved, in bytes; where nothing is said there is no limit. */
export const Limits = z.partialRecord(z.enum(LIMITED), Bytes);
export type Limits = z.infer<typeof Limits>;

export const SetScanPolicy = z.object({ policy: ScanPolicy });
export type SetScanPolicy = z.infer<typeof SetScanPolicy>;

export type WorkspaceView = {
  id: string;
  name: string;
  limits: Limits;
  /** When files open; after their scan where nothing is said. */
  scanPolicy?: ScanPolicy;
  /** Bytes of the largest file that opens: a larger one can't be scanned. Left out where that keeps none back. */
  largestScanned?: number;
};
