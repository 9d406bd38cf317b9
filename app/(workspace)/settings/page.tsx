import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ApiKeys } from "#components/settings/api-keys.tsx";
import { FailedEvents } from "#components/settings/failed-events.tsx";
import { LimitsForm } from "#components/settings/limits-form.tsx";
import { ProfileForm } from "#components/settings/profile-form.tsx";
import { ScanPolicyForm } from "#components/settings/scan-policy-form.tsx";
import { Sessions } from "#components/settings/sessions.tsx";
import { TrashForm } from "#components/settings/trash-form.tsx";
import { Webhooks } from "#components/settings/webhooks.tsx";
import { WorkspaceForm } from "#components/settings/workspace-form.tsx";
import { listApiKeys } from "#lib/api-keys/list-api-keys.ts";
import { can } from "#lib/auth/permissions.ts";
import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import { getNoticeAddress } from "#lib/members/get-notice-address.ts";
import { listSessions } from "#lib/members/list-sessions.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { listWebhooks } from "#lib/webhooks/list-webhooks.ts";
import { countFailedEvents } from "#lib/workflow/failed-events.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import {
  createApiKey,
  createWebhook,
  deleteWebhook,
  editProfile,
  editWebhook,
  editWorkspace,
  endSessions,
  listWebhookMessages,
  redrive,
  resendWebhookMessage,
  revokeApiKey,
  rotateWebhookSecret,
  setLimits,
  setScanPolicy,
  setTrashPeriod,
  testWebhook,
} from "./actions.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const writes = can(ctx, "workspace:write") !== undefined;
  const [workspace, notice, sessions, keys, webhooks, waiting] = await withMeter(ctx.meter, () =>
    Promise.all([
      getWorkspace(ctx),
      getNoticeAddress(ctx),
      listSessions(ctx),
      listApiKeys(ctx),
      can(ctx, "webhook:write") ? listWebhooks(ctx) : undefined,
      writes ? countFailedEvents(ctx) : undefined,
    ]),
  );
  const { limits, scanPolicy = "before", unscannable = "deliver", trashDays = DEFAULT_TRASH_DAYS } = workspace;
  return (
    <div className="flex flex-col gap-6">
      <h1 className="font-semibold text-xl">Settings</h1>
      <ProfileForm profile={{ name: ctx.actor.name, ...notice }} editProfile={editProfile} />
      <Sessions sessions={sessions} endSessions={endSessions} />
      <ApiKeys keys={keys} createApiKey={createApiKey} revokeApiKey={revokeApiKey} />
      {webhooks ? (
        <Webhooks
          webhooks={webhooks}
          createWebhook={createWebhook}
          editWebhook={editWebhook}
          deleteWebhook={deleteWebhook}
          rotateWebhookSecret={rotateWebhookSecret}
          testWebhook={testWebhook}
          listWebhookMessages={listWebhookMessages}
          resendWebhookMessage={resendWebhookMessage}
        />
      ) : null}
      <WorkspaceForm workspace={workspace} editWorkspace={writes ? editWorkspace : undefined} />
      <LimitsForm limits={limits} setLimits={writes ? setLimits : undefined} />
      <ScanPolicyForm
        policy={scanPolicy}
        unscannable={unscannable}
        setScanPolicy={writes ? setScanPolicy : undefined}
      />
      <TrashForm days={trashDays} setTrashPeriod={writes ? setTrashPeriod : undefined} />
      {waiting === undefined ? null : <FailedEvents waiting={waiting} redrive={redrive} />}
    </div>
  );
}
