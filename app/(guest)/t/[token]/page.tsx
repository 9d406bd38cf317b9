import type { Metadata } from "next";
import { cookies } from "next/headers";
import { GuestNotice } from "#components/guest/guest-notice.tsx";
import { GuestTransfer } from "#components/guest/guest-transfer.tsx";
import { OpenedBeacon } from "#components/guest/opened-beacon.tsx";
import { GuestShell } from "#components/shell/guest-shell.tsx";
import { VisibleError } from "#lib/kernel/errors.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { guestCtx } from "#lib/web/request-ctx.ts";
import { VISITOR_COOKIE } from "#lib/web/visitor-cookie.ts";

export const metadata: Metadata = { title: "Files for you" };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<{ from?: string | string[] }> };

const TITLES: Record<string, string> = {
  TransferExpired: "This transfer has expired",
  TransferDeleted: "This transfer has been deleted",
  LinkRevoked: "This link has been replaced",
  LinkUnknown: "This link leads nowhere",
};

/** What the holder of a link sees. The proxy has set the status that goes with it. */
export default async function CollectPage({ params, searchParams }: Props) {
  const [{ token }, { from }] = [await params, await searchParams];
  const transfer = await collect(token, [from].flat()[0]);
  return (
    <GuestShell footer="Sent with Dormouse, from the sender’s own cloud account.">
      {transfer instanceof VisibleError ? (
        <GuestNotice title={TITLES[transfer.code] ?? "This can't be shown"}>{transfer.message}</GuestNotice>
      ) : (
        <>
          <OpenedBeacon url={`/t/${token}/opened`} />
          <GuestTransfer transfer={transfer} token={token} from={[from].flat()[0]} />
        </>
      )}
    </GuestShell>
  );
}

async function collect(token: string, cursor: string | undefined) {
  try {
    const ctx = await guestCtx(token, (await cookies()).get(VISITOR_COOKIE)?.value);
    return await withMeter(ctx.meter, () => collectTransfer(ctx, { cursor }));
  } catch (error) {
    if (error instanceof VisibleError) return error;
    throw error;
  }
}
