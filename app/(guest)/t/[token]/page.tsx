import type { Metadata } from "next";
import { headers } from "next/headers";
import { cache } from "react";
import { GuestNotice } from "#components/guest/guest-notice.tsx";
import { GuestTransfer } from "#components/guest/guest-transfer.tsx";
import { linkMetadata, NEUTRAL_METADATA } from "#components/guest/link-metadata.ts";
import { OpenedBeacon } from "#components/guest/opened-beacon.tsx";
import { GuestShell } from "#components/shell/guest-shell.tsx";
import { VisibleError } from "#lib/kernel/errors.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { originOf } from "#lib/web/public-origin.ts";
import { guestCtx } from "#lib/web/request-ctx.ts";
import { readVisitor } from "#lib/web/visitor-cookie.ts";
import { getLinkPreview } from "#lib/workspaces/get-link-preview.ts";

const PICTURE = { url: "/icons/preview.png", width: 1200, height: 630, alt: "A dormouse asleep" };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<{ from?: string | string[] }> };

/** For the tab, and for programs that show a preview of the link; what can't be opened says nothing. */
export async function generateMetadata({ params, searchParams }: Props): Promise<Metadata> {
  const [{ token }, { from }] = [await params, await searchParams];
  const [transfer, origin] = [await collect(token, [from].flat()[0]), originOf(await headers())];
  const words = transfer instanceof VisibleError ? NEUTRAL_METADATA : linkMetadata(await previewOf(token), transfer);
  return {
    ...words,
    ...(origin ? { metadataBase: new URL(origin) } : {}),
    openGraph: { ...words, type: "website", siteName: "Dormouse", images: [PICTURE] },
    twitter: { ...words, card: "summary_large_image", images: [PICTURE] },
  };
}

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

/** Once a request, for the page's head and the page. */
const collect = cache(async (token: string, cursor: string | undefined) => {
  try {
    const ctx = await guestCtx(token, readVisitor({ headers: await headers() }, token));
    return await withMeter(ctx.meter, () => collectTransfer(ctx, { cursor }));
  } catch (error) {
    if (error instanceof VisibleError) return error;
    throw error;
  }
});

async function previewOf(token: string) {
  const ctx = await guestCtx(token);
  return withMeter(ctx.meter, () => getLinkPreview(ctx));
}
