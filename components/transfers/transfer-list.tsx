import { Files } from "lucide-react";
import Link from "next/link";
import { Bytes } from "#components/ui/bytes.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { formatCount } from "#lib/kernel/format.ts";
import { filesInWords } from "#lib/kernel/transfer-status.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { OpeningHint } from "./opening-hint.tsx";
import type { TransferActions } from "./transfer-actions.ts";
import { TransferMenu } from "./transfer-menu.tsx";
import { nameOf } from "./transfer-name.ts";
import { TransferStateBadge } from "./transfer-state.tsx";

export type TransferListProps = {
  transfers: TransferView[];
  /** None for people who may only look. */
  actions: TransferActions | undefined;
  showSender: boolean;
  /** Whether what is deleted can be restored. */
  keepsDeleted: boolean;
  /** Milliseconds since 1970. */
  now: number;
};

/** A transfer that ends within this is said to end soon, in milliseconds. */
const SOON = 48 * 3600 * 1000;

/** Transfers, newest first. */
export function TransferList({ transfers, actions, showSender, keepsDeleted, now }: TransferListProps) {
  return (
    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
      {transfers.map((transfer) => {
        const { state } = transfer;
        const open = state !== "deleted" && state !== "expired";
        return (
          <li
            key={transfer.id}
            className="relative flex items-center gap-3 px-3 py-3 transition-colors first:rounded-t-card last:rounded-b-card hover:bg-ink/3 sm:px-4"
          >
            <Picture transfer={transfer} />
            <div className="min-w-0 flex-1">
              <Link
                prefetch={false}
                href={`/transfers/${transfer.id}`}
                className="font-medium [overflow-wrap:anywhere] after:absolute after:inset-0 after:rounded-[inherit]"
              >
                <bdi className="line-clamp-2">{nameOf(transfer)}</bdi>
                <OpeningHint />
              </Link>
              <p className="tnum mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8125rem] text-soft">
                {/* Where all is well, nothing need be said. */}
                {transfer.status === "ready" ? null : <TransferStateBadge status={transfer.status} />}
                <span>
                  {filesInWords(transfer.numbers)} · <Bytes value={transfer.bytes} />
                </span>
                <Collected transfer={transfer} />
                {showSender ? <bdi>by {transfer.sender.name}</bdi> : null}
                <End transfer={transfer} now={now} />
              </p>
            </div>
            <div className="relative flex items-center gap-1">
              {open ? (
                <span className="hidden sm:block">
                  <CopyButton
                    value={transfer.link}
                    variant="quiet"
                    size="sm"
                    about={`Copy link of ${nameOf(transfer)}`}
                  />
                </span>
              ) : null}
              {actions ? <TransferMenu transfer={transfer} actions={actions} keepsDeleted={keepsDeleted} /> : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** The first picture of its files, or a sheet of paper in its place, so that names stand under each other. */
function Picture({ transfer: { id, picture } }: { transfer: TransferView }) {
  return (
    <span className="flex size-11 shrink-0 items-center justify-center overflow-hidden rounded-[0.5rem] bg-sunken text-faint">
      {picture ? (
        // biome-ignore lint/performance/noImgElement: renditions are made to measure, and lie at S3
        <img
          src={`/transfers/${id}/files/${picture.ordinal}/preview/${picture.name}`}
          alt=""
          width={44}
          height={44}
          loading="lazy"
          decoding="async"
          className="size-full object-cover"
        />
      ) : (
        <Files className="size-5" strokeWidth={1.5} aria-hidden />
      )}
    </span>
  );
}

/** Of those who are named, how many have downloaded; nothing where the sender shares the link. */
function Collected({ transfer: { recipients } }: { transfer: TransferView }) {
  const { named, collected } = recipients;
  if (named === 0) return null;
  if (collected === 0) return <span>{formatCount(named, "recipient")}</span>;
  return (
    <span className="text-good">
      {collected >= named
        ? named === 1
          ? "downloaded"
          : `all ${named} downloaded`
        : `${collected} of ${named} downloaded`}
    </span>
  );
}

function End({ transfer, now }: { transfer: TransferView; now: number }) {
  const { state, expiresAt, restorableUntil, purged } = transfer;
  if (state === "deleted") {
    return (
      <span>
        {restorableUntil ? (
          <>
            can be restored until <LocalTime iso={restorableUntil} format="minute" />
          </>
        ) : (
          `its files ${purged ? "are gone" : "are going"} for good`
        )}
      </span>
    );
  }
  if (state === "expired") {
    return (
      <span>
        ended <LocalTime iso={expiresAt} format="day" />
      </span>
    );
  }
  return new Date(expiresAt).getTime() - now < SOON ? (
    <span className="font-medium text-hazel">
      ends <LocalTime iso={expiresAt} />
    </span>
  ) : (
    <span>
      until <LocalTime iso={expiresAt} format="day" />
    </span>
  );
}
