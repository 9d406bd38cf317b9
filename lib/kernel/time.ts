const DAY = 24 * 3600 * 1000;

/** The moment `days` from `from`, ISO 8601 in UTC. */
export const inDays = (from: Date, days: number): string => new Date(from.getTime() + days * DAY).toISOString();

/** Seconds since 1970, as DynamoDB's TTL wants them. */
export const epochSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);
