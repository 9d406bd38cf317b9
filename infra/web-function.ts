/** How the web function is sized, on AWS and in the local cloud alike. */
export const webFunction = { memoryMb: 1024, timeoutSeconds: 30 };
/**
 * An answer without a body never ends in some accounts, where Lambda streams it: OpenNext then writes one word, which a
 * redirect's reader does not see. And React is to run as it does in production.
 */
export const webVariables = { NODE_ENV: "production", OPEN_NEXT_FORCE_NON_EMPTY_RESPONSE: "true" };
