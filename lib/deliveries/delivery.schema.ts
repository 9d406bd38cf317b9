import { z } from "zod";
import { TransferId } from "../files/file-ref.schema.ts";
import type { ActivityKind } from "../kernel/activity-kinds.ts";
import { Recipients } from "./address.schema.ts";

export const DeliveryId = z.string().regex(/^dl_[\w-]{22}$/, "This is not a recipient's id.");

export const AddDeliveries = z.object({
  transferId: TransferId,
  recipients: Recipients.min(1, "Name at least one recipient."),
});
export type AddDeliveries = z.input<typeof AddDeliveries>;

export const DeliveryRef = z.object({ transferId: TransferId, id: DeliveryId });
export type DeliveryRef = z.infer<typeof DeliveryRef>;

export const DeliveryState = z.enum(["waiting", "mailed", "bounced"]);
export type DeliveryState = z.infer<typeof DeliveryState>;

/** A recipient for members. Times are ISO 8601 in UTC. */
export type DeliveryView = {
  id: string;
  email: string;
  name?: string;
  state: DeliveryState;
  mailedAt?: string;
  openedAt?: string;
  downloadedAt?: string;
  lastDownloadAt?: string;
  /** When the personal link was closed. */
  revokedAt?: string;
  /** Granted downloads; `files` and `bytes` count each file once that can still be downloaded. */
  downloads: number;
  files: number;
  bytes: number;
  problem?: string;
  /** Path of the guest page for this recipient, `/t/<token>`. */
  link: string;
};

/**
 * An entry of the transfer's activity. `who` is a name or an address; absent for guests with the transfer's own link.
 */
export type ActivityView = {
  id: string;
  kind: ActivityKind;
  who?: string;
  at: string;
  /** Downloads, for that kind. */
  count?: number;
  note?: string;
};
