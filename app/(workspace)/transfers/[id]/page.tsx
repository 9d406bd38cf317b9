import type { Metadata } from "next";
import Link from "next/link";
import { notFound, redirect } from "next/navigation";
import { FileTree } from "#components/files/file-tree.tsx";
import { nameOf } from "#components/transfers/transfer-list.tsx";
import { TransferMenu } from "#components/transfers/transfer-menu.tsx";
import { TransferStateBadge } from "#components/transfers/transfer-state.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { VisibleError } from "#lib/kernel/errors.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import * as actions from "../actions.ts";

export const metadata: Metadata = { title: "Transfer" };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ from?: string | string[] }> };

export default async function TransferPage({ params, searchParams }: Props) {
  const [{ id }, { from }] = [await params, await searchParams];
  const { transfer, files } = await load(id, [from].flat()[0]);
  const open = transfer.state !== "deleted" && transfer.state !== "expired";
  return (
    <article className="flex flex-col gap-6">
      <header className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h1 className="text-2xl font-semibold [overflow-wrap:anywhere]">{nameOf(transfer)}</h1>
          <p className="tnum mt-1 text-soft">
            {transfer.fileCount.toLocaleString("en")} {transfer.fileCount === 1 ? "file" : "files"} ·{" "}
            <Bytes value={transfer.bytes} /> · sent by {transfer.sender.name} <LocalTime iso={transfer.createdAt} /> ·
            until <LocalTime iso={transfer.expiresAt} format="minute" />
          </p>
        </div>
        <TransferStateBadge state={transfer.state} />
        <TransferMenu transfer={transfer} actions={actions} name={nameOf(transfer)} />
      </header>
      {transfer.message ? (
        <p className="whitespace-pre-wrap rounded-card bg-surface p-4 [overflow-wrap:anywhere]">{transfer.message}</p>
      ) : null}
      {open ? (
        <div className="flex flex-wrap items-center gap-2">
          <code className="min-w-0 flex-1 truncate rounded-control bg-ink/5 px-3 py-2 font-mono text-[0.8125rem]">
            {transfer.link}
          </code>
          <CopyButton value={transfer.link} variant="primary" />
        </div>
      ) : null}
      <section aria-label="Files" className="rounded-card border border-line bg-surface p-2">
        {files.items.length === 0 ? (
          <p className="px-3 py-8 text-center text-soft">
            {transfer.purged ? "Its files are gone for good." : "It has no files."}
          </p>
        ) : (
          <FileTree
            files={files.items.filter((file) => file.state !== "cancelled")}
            href={(file) => `${transfer.link}/files/${file.ordinal}`}
          />
        )}
      </section>
      {files.cursor ? (
        <Link className={buttonClass("secondary", "md", "self-center")} href={`/transfers/${id}?from=${files.cursor}`}>
          More files
        </Link>
      ) : null}
    </article>
  );
}

async function load(id: string, cursor: string | undefined) {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  try {
    return await withMeter(ctx.meter, () => getTransfer(ctx, { id, cursor }));
  } catch (error) {
    if (error instanceof VisibleError || (error instanceof Error && error.name === "ZodError")) notFound();
    throw error;
  }
}
