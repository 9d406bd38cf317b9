/** Every operation of the program interface, by its name: from here it is served, documented and tested. */
import type { Operation } from "./operation.ts";
import { callerOperations } from "./operations/caller.ts";
import { deliveryOperations } from "./operations/deliveries.ts";
import { fileOperations } from "./operations/files.ts";
import { transferOperations } from "./operations/transfers.ts";
import { uploadOperations } from "./operations/uploads.ts";
import { webhookOperations } from "./operations/webhooks.ts";
import { workspaceOperations } from "./operations/workspace.ts";

export const operations = {
  ...callerOperations,
  ...transferOperations,
  ...fileOperations,
  ...deliveryOperations,
  ...uploadOperations,
  ...workspaceOperations,
  ...webhookOperations,
} satisfies Record<string, Operation>;
