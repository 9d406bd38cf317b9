import type { Metadata } from "next";
import Link from "next/link";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { CollectIsland } from "#components/collect/collect-island.tsx";
import { Activity } from "#components/deliveries/activity.tsx";
import { Deliveries } from "#components/deliveries/deliveries.tsx";
import { NoticeAddress } from "#components/deliveries/notice-address.tsx";
import { FileActions } from "#components/files/file-actions.tsx";
import { FileTree } from "#components/files/file-tree.tsx";
import { previewOf } from "#components/files/preview.ts";
import { RemovedFiles } from "#components/files/removed-files.tsx";
import { RunSection } from "#components/run-graph/run-section.tsx";
import { MessageText } from "#components/transfers/message-text.tsx";
import { TransferLink } from "#components/transfers/transfer-link.tsx";
import { TransferMenu } from "#components/transfers/transfer-menu.tsx";
import { nameOf } from "#components/transfers/transfer-name.ts";
import { TransferNotice } from "#components/transfers/transfer-notice.tsx";
import { TransferStateBadge } from "#components/transfers/transfer-state.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { ContinueHere } from "#components/upload/continue-here.tsx";
import { FollowUnlessSending } from "#components/upload/follow-unless-sending.tsx";
import { SendingHere } from "#components/upload/sending-here.tsx";
import { ViewIsland } from "#components/viewer/view-island.tsx";
import { can } from "#lib/auth/permissions.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { isGone } from "#lib/kernel/file-states.ts";
import { formatCount } from "#lib/kernel/format.ts";
import { filesInWords, isInMotion } from "#lib/kernel/transfer-status.ts";
import { getNoticeAddress } from "#lib/members/get-notice-address.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { workFor } from "#lib/web/errors.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { getRuns } from "#lib/workflow/get-runs.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
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
  const found = await load(id, first(from));
  const { transfer, files, writes, runs } = found;
  const open = transfer.state !== "deleted" && transfer.state !== "expired";
  const decides = open && found.decides;
  const takesOut = open && writes;
  const acts = decides ? (takesOut ? "both" : "decide") : takesOut ? "take out" : undefined;
  const base = `/transfers/${id}/files`;
  const shown = files.items.filter(({ state, notice }) => !isGone(state) || (state === "failed" && notice));
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
            <TransferStateBadge status={transfer.status} />
            <span>
              {filesInWords(transfer.numbers)} · <Bytes value={transfer.bytes} />
            </span>
            <span>
              sent by <bdi>{transfer.sender.name}</bdi> <LocalTime iso={transfer.createdAt} />
            </span>
            {open ? (
              <span>
                until <LocalTime iso={transfer.expiresAt} format="minute" />
              </span>
            ) : null}
            {transfer.downloadLimit ? (
              <span>
                {transfer.downloadLimit === 1
                  ? "one download of each file"
                  : `${formatCount(transfer.downloadLimit, "download")} of each file`}
              </span>
            ) : null}
          </p>
        </div>
        {writes ? (
          <div className="flex flex-wrap items-center gap-2">
            <TransferMenu transfer={transfer} actions={{ ...actions }} keepsDeleted={found.keepsDeleted} prominent />
          </div>
        ) : null}
      </header>
      {isInMotion(transfer.status) ? <FollowUnlessSending /> : null}
      {open ? <TransferLink path={transfer.link} /> : null}
      <SendingHere transfer={transfer} actions={{ ...actions }}>
        <TransferNotice transfer={transfer} />
        {writes && (transfer.state === "draft" || transfer.state === "uploading") ? (
          <ContinueHere transfer={transfer} />
        ) : null}
      </SendingHere>
      {transfer.message ? <MessageText text={transfer.message} /> : null}
      <CollectIsland
        base={base}
        title={nameOf(transfer)}
        several={open && (shown.filter(({ state }) => state === "ready").length > 1 || files.cursor !== undefined)}
        heading={<h2 className="font-semibold">Files</h2>}
      >
        <section aria-label="Files" className="rounded-card border border-line bg-surface p-2">
          {shown.length === 0 ? (
            <EmptyState title={transfer.purged ? "Its files are gone for good" : "It has no files"} />
          ) : (
            <ViewIsland base={base} files={shown.filter((file) => previewOf(file))}>
              {acts ? (
                <FileActions
                  transferId={id}
                  decide={decides ? actions.decideFile : undefined}
                  takeOut={takesOut ? { removeFile: actions.removeFile, restoreFile: actions.restoreFile } : undefined}
                >
                  <FileTree files={shown} base={base} acts={acts} />
                </FileActions>
              ) : (
                <FileTree files={shown} {...(open ? { base } : {})} />
              )}
            </ViewIsland>
          )}
        </section>
      </CollectIsland>
      {takesOut ? <RemovedFiles transferId={id} files={files.items} restoreFile={actions.restoreFile} /> : null}
      {files.cursor ? (
        <Link
          prefetch={false}
          className={buttonClass("secondary", "md", "self-center")}
          href={`/transfers/${id}?from=${files.cursor}`}
        >
          More files
        </Link>
      ) : null}
      <Deliveries
        transfer={transfer}
        deliveries={found.deliveries}
        actions={writes && open ? { ...actions } : undefined}
      />
      {runs.runs.length > 0 || (open && transfer.state !== "ready") ? (
        <RunSection transferId={id} initial={runs} actions={writes ? { restart: actions.restartRun } : {}} />
      ) : null}
      <Activity
        entries={found.activity}
        notices={
          found.mine && open ? <NoticeAddress email={found.notice.email} set={actions.setNoticeAddress} /> : null
        }
      />
    </article>
  );
}

/** Once a request, for the page's title and the page. */
const load = cache(async (id: string, cursor: string | undefined) => {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  try {
    const [found, runs, deliveries, activity, notice, workspace] = await workFor(ctx, () =>
      Promise.all([
        getTransfer(ctx, { id, cursor }),
        getRuns(ctx, { transferId: id }),
        listDeliveries(ctx, { id }),
        listActivity(ctx, { id }),
        getNoticeAddress(ctx),
        getWorkspace(ctx),
      ]),
    );
    const scope = can(ctx, "transfer:write");
    const mine = found.transfer.sender.id === ctx.actor.memberId;
    const writes = scope === "any" || (scope === "own" && mine);
    const keepsDeleted = workspace.trashDays !== 0;
    return {
      ...found,
      keepsDeleted,
      runs,
      deliveries,
      activity: activity.items,
      notice,
      mine,
      writes,
      decides: can(ctx, "file:decide") !== undefined,
    };
  } catch (error) {
    if (error instanceof VisibleError || (error instanceof Error && error.name === "ZodError")) notFound();
    throw error;
  }
});
