/** How the web function is sized, on AWS and in the local cloud alike. */
export const webFunction = { memoryMb: 1024, timeoutSeconds: 30 };
