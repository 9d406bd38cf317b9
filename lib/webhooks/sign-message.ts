import { createHmac } from "node:crypto";

export type Signing = { id: string; timestamp: Date; body: string; secrets: readonly string[] };

/** The headers of Standard Webhooks: one signature for each secret, HMAC-SHA256 of `id.timestamp.body` in base64. */
export function signMessage({ id, timestamp, body, secrets }: Signing): Record<string, string> {
  const seconds = `${Math.floor(timestamp.getTime() / 1000)}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signatures.join(" ") };
}
