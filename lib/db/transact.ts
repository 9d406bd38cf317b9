/** What an item of a transaction is refused with when its own condition did not hold. */
export const CONDITION = "ConditionalCheckFailed";
/** Transactions that meet at a row give way to each other, and come again. */
const MEETINGS = 20;

type Transaction = { go(): Promise<{ canceled: boolean; data: unknown }> };

/** Writes; answers why each item was refused, or undefined when all were written. */
export async function transact(write: () => Transaction): Promise<string[] | undefined> {
  for (let meeting = 1; ; meeting++) {
    const { canceled, data } = await write().go();
    if (!canceled) return undefined;
    // Guarantee: of a transaction that was refused ElectroDB answers `code` for each item.
    const codes = (data as { code: string }[]).map(({ code }) => code);
    if (codes.includes(CONDITION) || meeting === MEETINGS) return codes;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * meeting));
  }
}

/** Whether the conditions of all items held, and all were written. */
export async function heldAll(write: () => Transaction): Promise<boolean> {
  const codes = await transact(write);
  if (codes && !codes.includes(CONDITION)) throw new Error(`DynamoDB refused a transaction: ${codes.join(", ")}.`);
  return codes === undefined;
}
