import { db } from "#lib/db/service.ts";
import type { Clock } from "#lib/kernel/clock.ts";
import type { Ctx, GuestActor, MemberActor, Role, SystemActor } from "#lib/kernel/ctx.ts";
import { newId } from "#lib/kernel/id.ts";
import { openLink } from "#lib/links/open-link.ts";
import { CountingMeter } from "#lib/metering/meter.ts";

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #at: number;

  constructor(at = Date.now()) {
    this.#at = at;
  }

  now(): Date {
    return new Date(this.#at);
  }

  advance(milliseconds: number): void {
    this.#at += milliseconds;
  }
}

/** The deployment's origin in tests. */
export const ORIGIN = "https://files.example.test";

export const HOUR = 3600 * 1000;
export const DAY = 24 * HOUR;

export type TestWorkspace = {
  id: string;
  clock: TestClock;
  /** The context of this workspace's member with that role. */
  as(role: Role): Ctx & { actor: MemberActor };
  /** The context of the workflow and the consumers. */
  system: Ctx & { actor: SystemActor };
  nobody: Ctx;
  guest(link: string): Promise<Ctx & { actor: GuestActor }>;
};

/** A new workspace for one test, with a member of every role. */
export async function makeWorkspace(): Promise<TestWorkspace> {
  const { workspace, member } = db().entities;
  const clock = new TestClock();
  const id = newId("ws");
  const createdAt = clock.now().toISOString();
  const actors = new Map<Role, MemberActor>();
  await Promise.all([
    workspace.create({ id, name: "Hazel & Co", createdAt }).go(),
    ...(["owner", "admin", "member", "viewer"] as const).map((role) => {
      const actor: MemberActor = { kind: "member", workspaceId: id, memberId: newId("mem"), name: `The ${role}`, role };
      actors.set(role, actor);
      return member.create({ workspaceId: id, id: actor.memberId, name: actor.name, role, createdAt }).go();
    }),
  ]);
  const nobody: Ctx = { actor: { kind: "nobody" }, clock, meter: new CountingMeter() };
  return {
    id,
    clock,
    nobody,
    system: { actor: { kind: "system", workspaceId: id }, clock, meter: new CountingMeter() },
    as(role) {
      const actor = actors.get(role);
      if (!actor) throw new Error(`This workspace has no ${role}.`);
      return { actor, clock, meter: new CountingMeter(), origin: ORIGIN };
    },
    guest: (link) => openLink(nobody, { token: link.slice("/t/".length) }),
  };
}
