import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Suspense } from "react";
import { TransferList } from "#components/transfers/transfer-list.tsx";
import { TransferListSkeleton } from "#components/transfers/transfer-list-skeleton.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { FollowUnlessSending } from "#components/upload/follow-unless-sending.tsx";
import { Sender } from "#components/upload/sender.tsx";
import { can } from "#lib/auth/permissions.ts";
import { isInMotion } from "#lib/kernel/transfer-status.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { MAX_FILES } from "#lib/uploads/reserve-files.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import * as actions from "./actions.ts";

export const metadata: Metadata = { title: "Transfers" };

type Props = { searchParams: Promise<{ after?: string | string[]; of?: string | string[]; in?: string | string[] }> };

export default async function TransfersPage({ searchParams }: Props) {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const { after, of, in: place } = await searchParams;
  const sends = can(ctx, "transfer:create") !== undefined;
  const everyone = of === "everyone" || !sends;
  const trash = place === "trash";
  const workspace = sends ? await withMeter(ctx.meter, () => getWorkspace(ctx)) : undefined;
  const seesAll = can(ctx, "transfer:read") === "any";
  return (
    <div className="group/page flex flex-col gap-8">
      {workspace ? <Sender actions={{ ...actions }} maxFiles={MAX_FILES} expiryDays={workspace.expiryDays} /> : null}
      <section aria-labelledby="transfers" className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1 id="transfers" className="mr-auto text-xl font-semibold">
            {trash ? "Trash" : everyone ? "Everyone's transfers" : "My transfers"}
          </h1>
          <div className="flex gap-1">
            {seesAll && sends ? (
              <Link
                prefetch={false}
                href={listPath({ everyone: !everyone, trash })}
                className={buttonClass("quiet", "sm")}
              >
                {everyone ? "Only mine" : "Show everyone's"}
              </Link>
            ) : null}
            <Link prefetch={false} href={listPath({ everyone, trash: !trash })} className={buttonClass("quiet", "sm")}>
              {trash ? "Back to transfers" : "Trash"}
            </Link>
          </div>
        </div>
        <Suspense key={String(trash)} fallback={<TransferListSkeleton />}>
          <Transfers list={{ everyone, trash }} after={[after].flat()[0]} keepsDeleted={workspace?.trashDays !== 0} />
        </Suspense>
      </section>
    </div>
  );
}

type ListOf = { everyone: boolean; trash: boolean };

/** Where a list is, from its beginning or from a page of it. */
function listPath({ everyone, trash }: ListOf, after?: string): string {
  const query = new URLSearchParams({
    ...(everyone ? { of: "everyone" } : {}),
    ...(trash ? { in: "trash" } : {}),
    ...(after ? { after } : {}),
  }).toString();
  return query ? `/transfers?${query}` : "/transfers";
}

type TransfersProps = { list: ListOf; after: string | undefined; keepsDeleted: boolean };

/** The list by itself, so that sending is there while it is still being read. */
async function Transfers({ list, after, keepsDeleted }: TransfersProps) {
  const ctx = await memberCtx();
  const page = await withMeter(ctx.meter, () => listTransfers(ctx, { ...list, cursor: after }));
  const writes = can(ctx, "transfer:write") !== undefined;
  return (
    <>
      {page.items.length === 0 ? (
        <p
          {...(list.trash ? {} : { "data-nothing-sent": true })}
          className="rounded-card border border-line bg-surface px-6 py-10 text-center text-pretty text-soft"
        >
          {list.trash
            ? "The trash is empty. What is deleted lies here for a while, and can be restored."
            : "Nothing has been sent yet. What you send will be listed here."}
        </p>
      ) : (
        <TransferList
          transfers={page.items}
          actions={writes ? { ...actions } : undefined}
          showSender={list.everyone}
          keepsDeleted={keepsDeleted}
          now={ctx.clock.now().getTime()}
        />
      )}
      {page.items.some(({ status }) => isInMotion(status)) ? <FollowUnlessSending /> : null}
      {after || page.cursor ? (
        <nav aria-label="Pages of the list" className="flex justify-center gap-2">
          {after ? (
            <Link prefetch={false} href={listPath(list)} className={buttonClass()}>
              Newest transfers
            </Link>
          ) : null}
          {page.cursor ? (
            <Link prefetch={false} href={listPath(list, page.cursor)} className={buttonClass()}>
              Older transfers
            </Link>
          ) : null}
        </nav>
      ) : null}
    </>
  );
}
