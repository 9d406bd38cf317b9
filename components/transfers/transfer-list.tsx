import Link from "next/link";
import { Bytes } from "#components/ui/bytes.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import type { TransferActions } from "./transfer-actions.ts";
import { TransferMenu } from "./transfer-menu.tsx";
import { TransferStateBadge } from "./transfer-state.tsx";

export type TransferListProps = { transfers: TransferView[]; actions: TransferActions; showSender: boolean };

export const nameOf = (transfer: Pick<TransferView, "title">): string => transfer.title || "Untitled transfer";

/** Transfers, newest first. */
export function TransferList({ transfers, actions, showSender }: TransferListProps) {
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
      {transfers.map((transfer) => (
        <li key={transfer.id} className="flex items-center gap-3 px-4 py-3">
          <div className="min-w-0 flex-1">
            <Link href={`/transfers/${transfer.id}`} className="font-medium [overflow-wrap:anywhere] hover:underline">
              {nameOf(transfer)}
            </Link>
            <p className="tnum text-[0.8125rem] text-soft">
              {transfer.fileCount.toLocaleString("en")} {transfer.fileCount === 1 ? "file" : "files"} ·{" "}
              <Bytes value={transfer.bytes} />
              {showSender ? ` · ${transfer.sender.name}` : ""} · {transfer.state === "expired" ? "ended " : "until "}
              <LocalTime iso={transfer.expiresAt} format="day" />
            </p>
          </div>
          <TransferStateBadge state={transfer.state} />
          <TransferMenu transfer={transfer} actions={actions} name={nameOf(transfer)} />
        </li>
      ))}
    </ul>
  );
}
