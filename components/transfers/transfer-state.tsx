import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import type { TransferState } from "#lib/transfers/transfer.schema.ts";

const STATES: Record<TransferState, { label: string; tone: BadgeTone }> = {
  draft: { label: "Empty", tone: "plain" },
  uploading: { label: "Uploading", tone: "moon" },
  sealed: { label: "Processing", tone: "moon" },
  ready: { label: "Ready", tone: "good" },
  expired: { label: "Expired", tone: "plain" },
  deleted: { label: "Deleted", tone: "bad" },
};

export function TransferStateBadge({ state }: { state: TransferState }) {
  return <Badge tone={STATES[state].tone}>{STATES[state].label}</Badge>;
}
