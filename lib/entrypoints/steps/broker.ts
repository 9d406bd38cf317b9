/** The requests of containers, which have no other rights: each with the ticket of its own task. */
import { serveTask } from "#lib/workflow/serve-task.ts";
import { TaskRequest } from "#lib/workflow/task.schema.ts";
import { unlessPurged } from "#lib/workflow/unless-purged.ts";
import { asSystem } from "../system-handler.ts";

export const handler = (event: unknown): Promise<unknown> => {
  const request = TaskRequest.parse(event);
  const { task } = request;
  return asSystem(task.workspaceId, (ctx) =>
    unlessPurged<unknown>(task, { forgotten: true }, () => serveTask(ctx, request)),
  );
};
