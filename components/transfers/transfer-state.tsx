import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import { STATUS_LABELS, type TransferStatus } from "#lib/kernel/transfer-status.ts";

export const STATUS_TONES: Record<TransferStatus, BadgeTone> = {
  empty: "plain",
  uploading: "moon",
  checking: "moon",
  ready: "good",
  "partly blocked": "bad",
  blocked: "bad",
  failed: "bad",
  cancelled: "plain",
  expired: "plain",
  deleted: "bad",
};

export function TransferStateBadge({ status }: { status: TransferStatus }) {
  return <Badge tone={STATUS_TONES[status]}>{STATUS_LABELS[status]}</Badge>;
}
