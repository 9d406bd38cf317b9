/** What an answer says of how many calls are left (draft-ietf-httpapi-ratelimit-headers). */
import type { CallCount } from "#lib/api-keys/count-call.ts";

export const limitHeaders = ({ limit, remaining, reset, windowSeconds }: CallCount): Record<string, string> => ({
  "ratelimit-policy": `"key";q=${limit};w=${windowSeconds}`,
  ratelimit: `"key";r=${remaining};t=${reset}`,
});
