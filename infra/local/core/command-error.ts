/** An error for the person at the terminal: the command prints its message without a stack, and ends. */
export class CommandError extends Error {}
