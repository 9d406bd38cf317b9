/**
 * Headers that the edge puts on every answer, also on files, errors and what programs ask for, where the app has not set
 * them itself. The policy for scripts is the app's, which has a fresh nonce for each page.
 */
export const SECURITY_HEADERS = {
  // Two years; browsers heed it over TLS alone, so not on one's own machine.
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  // Of what is no page. It names no sources: a worker's script is under the policy that it comes with.
  "content-security-policy": "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "cross-origin-opener-policy": "same-origin",
} as const;
