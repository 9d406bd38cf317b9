import type { ReactNode } from "react";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";

const TONES = {
  bad: "bg-bad-wash text-bad",
  moon: "bg-moon-wash text-moon",
  plain: "bg-ink/6 text-soft",
} as const;

/** Says what a transfer's state means for its recipients, and what can be done; nothing where all is well. */
export function TransferNotice({ transfer }: { transfer: TransferView }) {
  const { state, expiresAt, restorableUntil } = transfer;
  if (state === "deleted" && transfer.purged) {
    return (
      <Notice tone="bad">
        This transfer was deleted, and its files are gone for good. The link still says so for 30 days.
      </Notice>
    );
  }
  if (state === "deleted") {
    return (
      <Notice tone="bad">
        This transfer is deleted and its link closed.{" "}
        {restorableUntil ? (
          <>
            Until <LocalTime iso={restorableUntil} format="minute" /> you can restore it; then its files go for good.
          </>
        ) : (
          "Its files are going for good."
        )}
      </Notice>
    );
  }
  if (state === "expired" && transfer.purged) {
    return (
      <Notice tone="plain">
        This transfer ended <LocalTime iso={expiresAt} />. Its link is closed, and its files and the addresses of its
        recipients are gone for good.
      </Notice>
    );
  }
  if (state === "expired") {
    return (
      <Notice tone="plain">
        This transfer ended <LocalTime iso={expiresAt} />, so its link is closed. Change its expiry to open the link
        again.
      </Notice>
    );
  }
  if (state === "draft") return <Notice tone="moon">No file has been sent yet. The link already opens.</Notice>;
  if (state === "uploading") {
    return (
      <Notice tone="moon">
        This transfer is not finished. What has arrived can be downloaded already; the rest follows while the page that
        sends it stays open.
      </Notice>
    );
  }
  return null;
}

function Notice({ tone, children }: { tone: keyof typeof TONES; children: ReactNode }) {
  return <p className={`text-pretty rounded-control px-4 py-3 text-sm ${TONES[tone]}`}>{children}</p>;
}
