declare const DORMOUSE_VERSION: string | undefined;

/** Set by the bundler; from the sources it is not known. */
export const VERSION = typeof DORMOUSE_VERSION === "string" ? DORMOUSE_VERSION : "0.0.0-source";
