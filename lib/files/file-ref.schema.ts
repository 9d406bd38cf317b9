import { z } from "zod";

export const TransferId = z.string().regex(/^tr_[0-9A-Za-z]{22}$/, "This is not a transfer's id.");

/** The number of a file within its transfer, from 0. */
export const Ordinal = z.number().int().min(0).max(9_999_999);
