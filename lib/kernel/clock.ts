/** Time, handed in through `ctx`, so that tests can stand at any moment. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
