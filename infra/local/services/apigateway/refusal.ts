import { STATUS_CODES } from "node:http";

/** What the gateway answers by itself: `{"message":"Forbidden"}`. */
export class Refusal extends Error {
  readonly status: number;
  /** Why, for the log alone. */
  readonly reason: string | undefined;
  constructor(status: number, reason?: string) {
    super(status === 413 ? "Request Entity Too Large" : STATUS_CODES[status]);
    this.status = status;
    this.reason = reason;
  }
}

/** What the work comes to, or the refusal when that takes longer. */
export async function within<T>(ms: number, work: Promise<T>, refusal: Refusal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(refusal), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
