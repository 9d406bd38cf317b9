import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Suspense } from "react";
import { TransferList } from "#components/transfers/transfer-list.tsx";
import { TransferListSkeleton } from "#components/transfers/transfer-list-skeleton.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Sender } from "#components/upload/sender.tsx";
import { can } from "#lib/auth/permissions.ts";
import { MAX_FILES } from "#lib/files/reserve-files.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import * as actions from "./actions.ts";

export const metadata: Metadata = { title: "Transfers" };

type Props = { searchParams: Promise<{ after?: string | string[]; of?: string | string[] }> };

export default async function TransfersPage({ searchParams }: Props) {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const { after, of } = await searchParams;
  const sends = can(ctx, "transfer:create") !== undefined;
  const everyone = of === "everyone" || !sends;
  const workspace = sends ? await withMeter(ctx.meter, () => getWorkspace(ctx)) : undefined;
  const seesAll = can(ctx, "transfer:read") === "any";
  return (
    <div className="flex flex-col gap-8">
      {workspace ? (
        <Sender actions={{ ...actions }} maxFiles={MAX_FILES} largestScanned={workspace.largestScanned} />
      ) : null}
      <section aria-labelledby="transfers" className="flex flex-col gap-3">
        <div className="flex items-center gap-4">
          <h1 id="transfers" className="mr-auto text-xl font-semibold">
            {everyone ? "Everyone's transfers" : "My transfers"}
          </h1>
          {seesAll && sends ? (
            <Link
              prefetch={false}
              href={everyone ? "/transfers" : "/transfers?of=everyone"}
              className={buttonClass("quiet", "sm")}
            >
              {everyone ? "Only mine" : "Show everyone's"}
            </Link>
          ) : null}
        </div>
        <Suspense fallback={<TransferListSkeleton />}>
          <Transfers everyone={everyone} after={[after].flat()[0]} />
        </Suspense>
      </section>
    </div>
  );
}

/** The list by itself, so that sending is there while it is still being read. */
async function Transfers({ everyone, after }: { everyone: boolean; after: string | undefined }) {
  const ctx = await memberCtx();
  const page = await withMeter(ctx.meter, () => listTransfers(ctx, { everyone, cursor: after }));
  const writes = can(ctx, "transfer:write") !== undefined;
  return (
    <>
      {page.items.length === 0 ? (
        <p className="rounded-card border border-line bg-surface px-6 py-10 text-center text-soft">
          Nothing has been sent yet. What you send will be listed here.
        </p>
      ) : (
        <TransferList
          transfers={page.items}
          actions={writes ? { ...actions } : undefined}
          showSender={everyone}
          now={ctx.clock.now().getTime()}
        />
      )}
      {after || page.cursor ? (
        <nav aria-label="Pages of the list" className="flex justify-center gap-2">
          {after ? (
            <Link prefetch={false} href={everyone ? "/transfers?of=everyone" : "/transfers"} className={buttonClass()}>
              Newest transfers
            </Link>
          ) : null}
          {page.cursor ? (
            <Link
              prefetch={false}
              href={`/transfers?${new URLSearchParams({ after: page.cursor, ...(everyone ? { of: "everyone" } : {}) })}`}
              className={buttonClass()}
            >
              Older transfers
            </Link>
          ) : null}
        </nav>
      ) : null}
    </>
  );
}
