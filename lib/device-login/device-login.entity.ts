import { Entity } from "electrodb";
import { KEY_SCOPES } from "#lib/kernel/ctx.ts";

/** A program that asks to be signed in, until a member has approved it and it has fetched its key (RFC 8628). */
export const DeviceLoginEntity = new Entity({
  model: { service: "dormouse", entity: "deviceLogin", version: "1" },
  attributes: {
    /** What the person types or compares: eight letters. */
    userCode: { type: "string", required: true },
    /** SHA-256 of what the program shows when it asks. */
    hash: { type: "string", required: true },
    /** What the program calls itself. */
    program: { type: "string", required: true },
    scopes: { type: "set", items: KEY_SCOPES, required: true },
    state: { type: ["asked", "approved", "refused"] as const, required: true },
    /** Who has approved it, and where the pages were. */
    workspaceId: { type: "string" },
    memberId: { type: "string" },
    origin: { type: "string" },
    /** Milliseconds since 1970: before, the program may not ask again. */
    nextPoll: { type: "number", required: true },
    /** Seconds between two questions: more after each that came too early. */
    interval: { type: "number", required: true },
    /** Seconds since 1970: checked at every use, and the table's TTL. */
    expires: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    byCode: {
      pk: { field: "pk", composite: ["userCode"], template: "device#${userCode}", casing: "none" },
      sk: { field: "sk", composite: [], template: "device", casing: "none" },
    },
  },
});
