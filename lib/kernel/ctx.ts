import type { Clock } from "./clock.ts";

/** What a member may do at most; `lib/auth/permissions.ts` says what each role may do. */
export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** What a key of the program interface may be made for; `lib/auth/permissions.ts` says what each reaches. */
export const KEY_SCOPES = [
  "transfers:read",
  "transfers:write",
  "workspace:read",
  "workspace:write",
  "webhooks:write",
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export type MemberActor = {
  kind: "member";
  workspaceId: string;
  memberId: string;
  name: string;
  role: Role;
  /** The session of the browser that acts; absent where a member acts without one. */
  sessionId?: string;
  /** The key by which a program acts for the member: it may what both the role and its scopes allow. */
  key?: { id: string; scopes: readonly KeyScope[] };
};
/** Anyone who holds a link, for as long as the link opens. */
export type GuestActor = {
  kind: "guest";
  workspaceId: string;
  linkId: string;
  /** The version of the link that opened. */
  linkVersion: number;
  transferId: string;
  /** The recipient whose personal link it is; absent for the transfer's own link. */
  deliveryId?: string;
  /** The browser, by the cookie that this link has given it: what a limit has counted for it, it may try again. */
  visitor?: string;
  /** The address that the edge has seen. */
  address?: string;
};
/** The workflow and the consumers of events, within the workspace that the event is about. */
export type SystemActor = { kind: "system"; workspaceId: string };
export type Nobody = { kind: "nobody" };
export type Actor = MemberActor | GuestActor | SystemActor | Nobody;

/** Counts billable units where they are spent; `units` are named as in the price book. */
export type Meter = { count(service: string, operation: string, units: Record<string, number>): void };

/** What every verb gets: who acts (which decides the workspace), what time it is, and where use is counted. */
export type Ctx = {
  actor: Actor;
  clock: Clock;
  meter: Meter;
  /** Where the person who acts reached this deployment, `https://files.example.com`: links in mail begin with it. */
  origin?: string;
};
