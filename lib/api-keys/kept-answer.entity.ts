import { Entity } from "electrodb";

/**
 * The answer to a call with an `Idempotency-Key`, so that a repeated call gets it again; without an answer while the call
 * is under way. It is encrypted with what the caller alone has, so that the table does not hold links and secrets.
 */
export const KeptAnswerEntity = new Entity({
  model: { service: "dormouse", entity: "keptAnswer", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    keyId: { type: "string", required: true },
    /** The SHA-256 of the `Idempotency-Key`. */
    name: { type: "string", required: true },
    /** The SHA-256 of method, path and body. */
    fingerprint: { type: "string", required: true },
    /** The call that is under way, and until when it is taken to be (`lib/db/lease.ts`). */
    leasedBy: { type: "string", required: true },
    leasedUntil: { type: "string", required: true },
    status: { type: "number" },
    /** AES-256-GCM in base64url: 12 bytes of nonce, 16 of tag, then what is encrypted. */
    answer: { type: "string" },
    /** Seconds since 1970: checked at every use, and the table's TTL. */
    expires: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    ofKey: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "keyId", "name"],
        template: "ws#${workspaceId}#key#${keyId}#answer#${name}",
        casing: "none",
      },
      sk: { field: "sk", composite: [], template: "answer", casing: "none" },
    },
  },
});
