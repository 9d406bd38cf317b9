import { resources } from "#lib/adapters/resources.ts";

/** Where browsers reach a bucket: S3's own endpoint of it, or the one the environment names. */
function originOf(bucket: string): string {
  const { AWS_ENDPOINT_URL_S3, AWS_REGION } = process.env;
  return new URL(AWS_ENDPOINT_URL_S3 ?? `https://${bucket}.s3.${AWS_REGION}.amazonaws.com`).origin;
}

/** A policy for one response. The hasher is WebAssembly in a worker; development reloads modules with eval. */
export function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === "development";
  // Files go to and come from the one; previews, which are of our own making, come from the other.
  const [uploads, derived] = [originOf(resources.uploads), originOf(resources.derived)];
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${development ? " 'unsafe-eval'" : ""}`,
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob: ${derived}`,
    `media-src 'self' ${derived}`,
    "font-src 'self'",
    `connect-src ${["'self'", ...new Set([uploads, derived])].join(" ")}`,
    // A download that the service worker streams is opened in a frame of its own.
    "frame-src 'self'",
    "manifest-src 'self'",
    // A form that asks for a download is redirected to it.
    `form-action 'self' ${uploads}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
