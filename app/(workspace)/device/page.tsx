import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { DeviceLogin } from "#components/device/device-login.tsx";
import { EnterCode } from "#components/device/enter-code.tsx";
import { getDeviceLogin } from "#lib/device-login/get-device-login.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { toVisible } from "#lib/web/errors.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { decideDeviceLogin } from "./actions.ts";

export const metadata: Metadata = { title: "Sign in a program" };

type Props = { searchParams: Promise<{ code?: string | string[] }> };

/** Where a member approves a program that shows a code (RFC 8628). */
export default async function DevicePage({ searchParams }: Props) {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const { code } = await searchParams;
  const userCode = [code].flat()[0];
  const found = userCode
    ? await withMeter(ctx.meter, () => getDeviceLogin(ctx, { userCode })).catch((error: unknown) => toVisible(error))
    : undefined;
  return (
    <div className="flex flex-col gap-6">
      <h1 className="font-semibold text-xl">Sign in a program</h1>
      {found && "program" in found ? (
        <DeviceLogin login={found} decide={decideDeviceLogin} />
      ) : (
        <EnterCode code={userCode ?? ""} problem={found?.message} />
      )}
    </div>
  );
}
