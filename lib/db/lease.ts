import type { WhereAttributeSymbol } from "electrodb";

/**
 * The lease of a row: one caller at a time works on what the row stands for. `leasedBy` names the caller that has it,
 * until `leasedUntil` (ISO 8601); after that another may acquire it.
 */
export type Lease = { leasedBy?: string | undefined; leasedUntil?: string | undefined };

/** A lease of the caller `token` for `ms` milliseconds. */
export const leaseFor = (token: string, now: Date, ms: number) => ({
  leasedBy: token,
  leasedUntil: new Date(now.getTime() + ms).toISOString(),
});

/** Whether a caller other than `token` has the lease. */
export const isLeasedByOther = ({ leasedBy, leasedUntil = "" }: Lease, token: string, now: Date): boolean =>
  leasedBy !== undefined && leasedBy !== token && leasedUntil > now.toISOString();

type Text = WhereAttributeSymbol<string>;
type Attributes = { leasedBy: Text; leasedUntil: Text };
type Operations = {
  eq: (attribute: Text, value: string) => string;
  lte: (attribute: Text, value: string) => string;
  notExists: (attribute: Text) => string;
};

/** The condition under which `token` may acquire the lease: no other caller has it. */
export const mayLease = (at: Attributes, is: Operations, token: string, now: Date): string =>
  `(${is.notExists(at.leasedUntil)} OR ${is.lte(at.leasedUntil, now.toISOString())} OR ${is.eq(at.leasedBy, token)})`;
