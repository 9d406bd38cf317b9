import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { FailedEvents } from "#components/settings/failed-events.tsx";
import { LimitsForm } from "#components/settings/limits-form.tsx";
import { ScanPolicyForm } from "#components/settings/scan-policy-form.tsx";
import { TrashForm } from "#components/settings/trash-form.tsx";
import { can } from "#lib/auth/permissions.ts";
import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { countFailedEvents } from "#lib/workflow/failed-events.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import { sendOn, setLimits, setScanPolicy, setTrashPeriod } from "./actions.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const writes = can(ctx, "workspace:write") !== undefined;
  const [{ name, limits, scanPolicy = "before", trashDays = DEFAULT_TRASH_DAYS }, waiting] = await withMeter(
    ctx.meter,
    () => Promise.all([getWorkspace(ctx), writes ? countFailedEvents(ctx) : undefined]),
  );
  return (
    <div className="flex flex-col gap-6">
      <h1 className="font-semibold text-xl">
        Settings of <bdi>{name}</bdi>
      </h1>
      <LimitsForm limits={limits} setLimits={writes ? setLimits : undefined} />
      <ScanPolicyForm policy={scanPolicy} setScanPolicy={writes ? setScanPolicy : undefined} />
      <TrashForm days={trashDays} setTrashPeriod={writes ? setTrashPeriod : undefined} />
      {waiting === undefined ? null : <FailedEvents waiting={waiting} sendOn={sendOn} />}
    </div>
  );
}
