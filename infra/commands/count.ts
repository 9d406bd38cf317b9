/** How the tests of a stage ended. */
export type Count = { passed: number; failed: number; skipped: number };

/** `3 passed, 0 failed`, and what was skipped only when something was. */
export const describeCount = ({ passed, failed, skipped }: Count): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
