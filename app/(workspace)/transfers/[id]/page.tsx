import type { Metadata } from "next";
import Link from "next/link";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { FileTree } from "#components/files/file-tree.tsx";
import { TransferLink } from "#components/transfers/transfer-link.tsx";
import { TransferMenu } from "#components/transfers/transfer-menu.tsx";
import { nameOf } from "#components/transfers/transfer-name.ts";
import { TransferNotice } from "#components/transfers/transfer-notice.tsx";
import { TransferStateBadge } from "#components/transfers/transfer-state.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { formatCount } from "#components/ui/format-bytes.ts";
import { LocalTime } from "#components/ui/local-time.tsx";
import { ContinueHere } from "#components/upload/continue-here.tsx";
import { SendingHere } from "#components/upload/sending-here.tsx";
import { can } from "#lib/auth/permissions.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import * as actions from "../actions.ts";

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ from?: string | string[] }> };

const first = (value: string | string[] | undefined): string | undefined => [value].flat()[0];

export async function generateMetadata({ params, searchParams }: Props): Promise<Metadata> {
  const [{ id }, { from }] = [await params, await searchParams];
  const { transfer } = await load(id, first(from));
  return { title: nameOf(transfer) };
}

export default async function TransferPage({ params, searchParams }: Props) {
  const [{ id }, { from }] = [await params, await searchParams];
  const { transfer, files, writes } = await load(id, first(from));
  const open = transfer.state !== "deleted" && transfer.state !== "expired";
  const shown = files.items.filter((file) => file.state !== "cancelled" && file.state !== "failed");
  return (
    <article className="flex flex-col gap-5">
      <nav aria-label="Where you are">
        <Link prefetch={false} href="/transfers" className="text-sm text-soft hover:text-ink hover:underline">
          ← All transfers
        </Link>
      </nav>
      <header className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-2xl font-semibold leading-tight [overflow-wrap:anywhere]">
            <bdi>{nameOf(transfer)}</bdi>
          </h1>
          <p className="tnum mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-soft text-sm">
            <TransferStateBadge state={transfer.state} />
            <span>
              {formatCount(transfer.fileCount, "file")} · <Bytes value={transfer.bytes} />
            </span>
            <span>
              sent by <bdi>{transfer.sender.name}</bdi> <LocalTime iso={transfer.createdAt} />
            </span>
            {open ? (
              <span>
                until <LocalTime iso={transfer.expiresAt} format="minute" />
              </span>
            ) : null}
          </p>
        </div>
        {writes ? (
          <div className="flex flex-wrap items-center gap-2">
            <TransferMenu transfer={transfer} actions={{ ...actions }} prominent />
          </div>
        ) : null}
      </header>
      {open ? <TransferLink path={transfer.link} /> : null}
      <SendingHere transfer={transfer} actions={{ ...actions }}>
        <TransferNotice transfer={transfer} />
        {writes && (transfer.state === "draft" || transfer.state === "uploading") ? (
          <ContinueHere transfer={transfer} />
        ) : null}
      </SendingHere>
      {transfer.message ? (
        <p
          dir="auto"
          className="whitespace-pre-wrap rounded-card border border-line bg-surface p-4 [overflow-wrap:anywhere]"
        >
          {transfer.message}
        </p>
      ) : null}
      <section aria-label="Files" className="rounded-card border border-line bg-surface p-2">
        {shown.length === 0 ? (
          <EmptyState title={transfer.purged ? "Its files are gone for good" : "It has no files"} />
        ) : (
          <FileTree files={shown} {...(open ? { href: (file) => `${transfer.link}/files/${file.ordinal}` } : {})} />
        )}
      </section>
      {files.cursor ? (
        <Link
          prefetch={false}
          className={buttonClass("secondary", "md", "self-center")}
          href={`/transfers/${id}?from=${files.cursor}`}
        >
          More files
        </Link>
      ) : null}
    </article>
  );
}

/** Once a request, for the page's title and the page. */
const load = cache(async (id: string, cursor: string | undefined) => {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  try {
    const found = await withMeter(ctx.meter, () => getTransfer(ctx, { id, cursor }));
    const scope = can(ctx, "transfer:write");
    const writes = scope === "any" || (scope === "own" && found.transfer.sender.id === ctx.actor.memberId);
    return { ...found, writes };
  } catch (error) {
    if (error instanceof VisibleError || (error instanceof Error && error.name === "ZodError")) notFound();
    throw error;
  }
});
