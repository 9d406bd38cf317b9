import { memberGet } from "#lib/web/protocol-route.ts";
import { getRuns } from "#lib/workflow/get-runs.ts";
import { GetRuns } from "#lib/workflow/run.schema.ts";

export const GET = memberGet(GetRuns, getRuns, ({ id }: { id: string }, query) => ({ ...query, transferId: id }));
