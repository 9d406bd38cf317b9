/** What a file is once all of its bytes have arrived and their checksum was compared, whatever was decided on it since. */
const ARRIVED = new Set(["stored", "ready", "infected", "unscannable"]);

export const hasArrived = (state: string | undefined): boolean => state !== undefined && ARRIVED.has(state);
