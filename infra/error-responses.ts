/**
 * Errors of the site that CloudFront is told to keep for no time; by itself it keeps them for ten seconds, and cookies are
 * not in its key: one person's refusal would be another's. These are all that a distribution takes a setting for.
 */
export const neverCached = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** What CloudFront keeps without a setting ("How CloudFront caches HTTP 4xx and 5xx status codes from your origin"). */
export const cachedByDefault = [404, 410, 414, 500, 501, 502, 503, 504];
export const CACHED_MS = 10_000;
