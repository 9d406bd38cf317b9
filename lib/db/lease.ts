import type { WhereAttributeSymbol } from "electrodb";

/**
 * The lease of a row: one caller at a time works on what the row stands for. Whoever has the lease is named in `leasedBy`
 * until `leasedUntil` (ISO 8601); when that is past, another may take it.
 */
export type Lease = { leasedBy?: string | undefined; leasedUntil?: string | undefined };

/** The lease of whom `token` names, for `ms` milliseconds. */
export const leaseFor = (token: string, now: Date, ms: number) => ({
  leasedBy: token,
  leasedUntil: new Date(now.getTime() + ms).toISOString(),
});

/** Whether another than `token` has the lease. */
export const isLeasedByOther = ({ leasedBy, leasedUntil = "" }: Lease, token: string, now: Date): boolean =>
  leasedBy !== undefined && leasedBy !== token && leasedUntil > now.toISOString();

type Text = WhereAttributeSymbol<string>;
type Attributes = { leasedBy: Text; leasedUntil: Text };
type Operations = {
  eq: (attribute: Text, value: string) => string;
  lte: (attribute: Text, value: string) => string;
  notExists: (attribute: Text) => string;
};

/** The condition under which `token` may take the lease: no other has it. */
export const mayLease = (at: Attributes, is: Operations, token: string, now: Date): string =>
  `(${is.notExists(at.leasedUntil)} OR ${is.lte(at.leasedUntil, now.toISOString())} OR ${is.eq(at.leasedBy, token)})`;
