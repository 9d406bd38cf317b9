import { findDeployment } from "./workspace.store.ts";

/** The workspace that this deployment serves; none before the first sign-in. */
export const findSweptWorkspace = async (): Promise<string | undefined> => (await findDeployment())?.workspaceId;
