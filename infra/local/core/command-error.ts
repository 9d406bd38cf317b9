/** A sentence for the person at the terminal; the command ends with it, without a stack. */
export class CommandError extends Error {}
