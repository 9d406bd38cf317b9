import { ElectroError } from "electrodb";
import { pauseAfterConflict } from "#lib/kernel/concurrency.ts";

/** The most retries after a transaction conflict: about two seconds in all. */
const CONFLICT_RETRIES = 20;

/** Codes of a transaction's items that was cancelled only because of a conflict: the same write may succeed. */
const CONFLICT_CODES = ["None", "TransactionConflict"];

/**
 * The result of a conditional write. `failed`: which conditions failed; in a transaction those of the items with these
 * indexes, from 0, and for a single row 0.
 */
export type Written<T> = { held: true; answer: T } | { held: false; failed: number[] };

/**
 * Writes a row, or several in a transaction, under their conditions. `write` ends with `.go()`, and is called again
 * after a conflict with another transaction. Throws errors that are not about conditions, and when the conflicts do not
 * end.
 */
export async function conditionalWrite<T>(write: () => Promise<T>): Promise<Written<T>> {
  for (let retries = 0; retries <= CONFLICT_RETRIES; retries++) {
    const outcome = await attempt(write);
    if (outcome !== "conflict") return outcome;
    await pauseAfterConflict(retries);
  }
  throw new Error(`A write was refused ${CONFLICT_RETRIES + 1} times, each time by a transaction conflict.`);
}

/** As `conditionalWrite`; returns whether all conditions held, so that everything was written. */
export const conditionHeld = async (write: () => Promise<unknown>): Promise<boolean> =>
  (await conditionalWrite(write)).held;

async function attempt<T>(write: () => Promise<T>): Promise<Written<T> | "conflict"> {
  try {
    const answer = await write();
    const codes = codesOf(answer);
    if (!codes) return { held: true, answer };
    const failed = codes.flatMap((code, item) => (code === "ConditionalCheckFailed" ? item : []));
    if (failed.length > 0) return { held: false, failed };
    if (codes.every((code) => CONFLICT_CODES.includes(code))) return "conflict";
    throw new Error(`A transaction was cancelled: ${codes.join(", ")}.`);
  } catch (error) {
    const { name } = error instanceof ElectroError && error.cause instanceof Error ? error.cause : (error as Error);
    if (name === "ConditionalCheckFailedException") return { held: false, failed: [0] };
    if (name === "TransactionConflictException") return "conflict";
    throw error;
  }
}

/** Why each item of a cancelled transaction was refused. */
function codesOf(answer: unknown): string[] | undefined {
  if (typeof answer !== "object" || answer === null || !("canceled" in answer) || !answer.canceled) return undefined;
  // Guarantee: for a cancelled transaction ElectroDB returns a `code` for each item.
  return (answer as unknown as { data: { code: string }[] }).data.map(({ code }) => code);
}
