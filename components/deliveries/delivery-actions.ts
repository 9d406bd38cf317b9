import type { AddDeliveries, DeliveryRef, DeliveryView } from "#lib/deliveries/delivery.schema.ts";
import type { Result } from "#lib/kernel/result.ts";
import type { NoticeAddress } from "#lib/members/member.schema.ts";

/** The server actions that a transfer's page is given for its recipients. */
export type DeliveryActions = {
  addDeliveries: (
    input: AddDeliveries,
  ) => Promise<Result<{ deliveries: DeliveryView[]; added: number; known: string[] }>>;
  revokeDelivery: (input: DeliveryRef) => Promise<Result<DeliveryView>>;
  resendDelivery: (input: DeliveryRef) => Promise<Result<DeliveryView>>;
};

export type SetNoticeAddress = (input: NoticeAddress) => Promise<Result<NoticeAddress>>;
