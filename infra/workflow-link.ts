import { nameOf, workflowArn } from "./names.ts";

/** Of the state machine, which calls the functions that this is given to. */
export const Workflow = new sst.Linkable("Workflow", { properties: { arn: workflowArn } });

/** Of the function that the state machine's containers ask. */
export const Broker = new sst.Linkable("Broker", { properties: { name: nameOf("broker") } });
