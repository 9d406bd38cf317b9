import { resources } from "#lib/adapters/resources.ts";

/** The origin of a bucket: S3's own endpoint of it, or the one that the environment names. */
function originOf(bucket: string): string {
  const { AWS_ENDPOINT_URL_S3, AWS_REGION } = process.env;
  return new URL(AWS_ENDPOINT_URL_S3 ?? `https://${bucket}.s3.${AWS_REGION}.amazonaws.com`).origin;
}

/** The policy for one response. The hasher is WebAssembly in a worker; development reloads modules with eval. */
export function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === "development";
  // Files are sent to and loaded from the uploads bucket; previews, which we have made, come from the other one.
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
    // A download that the service worker streams is opened in a frame.
    "frame-src 'self'",
    "manifest-src 'self'",
    // The form of a download is redirected to S3.
    `form-action 'self' ${uploads}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
