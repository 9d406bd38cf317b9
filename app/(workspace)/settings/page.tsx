import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { LimitsForm } from "#components/settings/limits-form.tsx";
import { can } from "#lib/auth/permissions.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import { setLimits } from "./actions.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const { name, limits } = await withMeter(ctx.meter, () => getWorkspace(ctx));
  return (
    <div className="flex flex-col gap-6">
      <h1 className="font-semibold text-xl">
        Settings of <bdi>{name}</bdi>
      </h1>
      <LimitsForm limits={limits} setLimits={can(ctx, "workspace:write") ? setLimits : undefined} />
    </div>
  );
}
