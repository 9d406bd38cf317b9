import { workflowArn } from "./names.ts";

/** Of the state machine, which calls the functions that this is given to. */
export const Workflow = new sst.Linkable("Workflow", { properties: { arn: workflowArn } });
