import { headers } from "next/headers";
import { cache } from "react";
import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx, GuestActor, MemberActor } from "#lib/kernel/ctx.ts";
import { openLink } from "#lib/links/open-link.ts";
import { findSessionMember } from "#lib/members/session.store.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import { originOf } from "./public-origin.ts";
import { readSession } from "./session-cookie.ts";

const nobody = (): Ctx => ({ actor: { kind: "nobody" }, clock: systemClock, meter: new CountingMeter() });

/** The context of a request before its caller is known. */
export const publicCtx = cache(nobody);

/** The caller of this request by the session's cookie; `nobody` without one. Read once per request. */
export const memberCtx = cache(async (): Promise<Ctx> => {
  const ctx = nobody();
  const token = await readSession();
  const actor = token && (await withMeter(ctx.meter, () => findSessionMember(token, ctx.clock.now())));
  const origin = originOf(await headers());
  return actor ? { ...ctx, actor, ...(origin ? { origin } : {}) } : ctx;
});

/** The holder of this link. Throws LinkUnknown or LinkRevoked. */
export const guestCtx = cache(
  async (token: string, visitor?: string, address?: string): Promise<Ctx & { actor: GuestActor }> => {
    const ctx = nobody();
    const opened = await withMeter(ctx.meter, () => openLink(ctx, { token }));
    return { ...opened, actor: { ...opened.actor, ...(visitor ? { visitor } : {}), ...(address ? { address } : {}) } };
  },
);

/** The visitor's address, from a header that CloudFront always overwrites: see infra/viewer-address.ts. */
export const addressOf = ({ headers }: { headers: Pick<Headers, "get"> }): string | undefined =>
  headers.get("x-dormouse-viewer-address") ?? undefined;

export const isMember = (ctx: Ctx): ctx is Ctx & { actor: MemberActor } => ctx.actor.kind === "member";
