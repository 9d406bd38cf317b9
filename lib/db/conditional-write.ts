import { ElectroError } from "electrodb";
import { pauseAfterConflict } from "#lib/kernel/concurrency.ts";

/** Retries after a transaction conflict, at most: about two seconds in all. */
const CONFLICT_RETRIES = 20;

/** Codes of the items of a transaction that was cancelled by a conflict alone: the same write may succeed. */
const CONFLICT_CODES = ["None", "TransactionConflict"];

/**
 * What came of a conditional write. `failed`: which conditions failed; of a transaction those of its items by their
 * places, from 0, and of a single row 0.
 */
export type Written<T> = { held: true; answer: T } | { held: false; failed: number[] };

/**
 * Writes a row, or several in a transaction, under their conditions: `write` ends with `.go()`, and is called again after
 * a transaction conflict, when another transaction was writing one of the rows. Throws what has nothing to do with
 * conditions, and an error when the conflicts don't end.
 */
export async function conditionalWrite<T>(write: () => Promise<T>): Promise<Written<T>> {
  for (let retries = 0; retries <= CONFLICT_RETRIES; retries++) {
    const outcome = await attempt(write);
    if (outcome !== "conflict") return outcome;
    await pauseAfterConflict(retries);
  }
  throw new Error(`A write was refused ${CONFLICT_RETRIES + 1} times, each time by a transaction conflict.`);
}

/** As `conditionalWrite`: whether all conditions held, so that all was written. */
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

/** Of a transaction that was cancelled, why each of its items was refused. */
function codesOf(answer: unknown): string[] | undefined {
  if (typeof answer !== "object" || answer === null || !("canceled" in answer) || !answer.canceled) return undefined;
  // Guarantee: of a cancelled transaction ElectroDB answers a `code` for each item.
  return (answer as unknown as { data: { code: string }[] }).data.map(({ code }) => code);
}
