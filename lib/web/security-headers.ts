import { resources } from "#lib/adapters/resources.ts";

/** Where browsers may send files to: S3's own endpoint of the uploads bucket, or the one the environment names. */
function uploadsOrigin(): string {
  const { AWS_ENDPOINT_URL_S3, AWS_REGION } = process.env;
  return new URL(AWS_ENDPOINT_URL_S3 ?? `https://${resources.uploads}.s3.${AWS_REGION}.amazonaws.com`).origin;
}

/** A policy for one response. The hasher is WebAssembly in a worker; development reloads modules with eval. */
export function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === "development";
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${development ? " 'unsafe-eval'" : ""}`,
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ${uploadsOrigin()}`,
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Headers of every page, besides the policy. */
export const SECURITY_HEADERS = {
  // Two years; browsers heed it over TLS alone, so not on this machine.
  "strict-transport-security": "max-age=63072000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "cross-origin-opener-policy": "same-origin",
};
