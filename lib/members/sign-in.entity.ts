import { Entity } from "electrodb";

/** A sign-in link that has been used: its row is what makes it one-time. */
export const SignInEntity = new Entity({
  model: { service: "dormouse", entity: "signIn", version: "1" },
  attributes: {
    nonce: { type: "string", required: true },
    usedAt: { type: "string", required: true },
    /** Seconds since 1970, a day after the link's own expiry: the table's TTL. */
    expires: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    byNonce: {
      pk: { field: "pk", composite: ["nonce"], template: "signin#${nonce}", casing: "none" },
      sk: { field: "sk", composite: [], template: "signin", casing: "none" },
    },
  },
});
