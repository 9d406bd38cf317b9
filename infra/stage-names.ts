/** `dormouse-production-note-failure`, of `noteFailure`: unique in an account and region. */
export const nameIn = (stage: string, name: string): string =>
  `dormouse-${stage}-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
