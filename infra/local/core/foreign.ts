/** Endpoints that the user chose instead of the local engines. */
import { CommandError } from "./command-error.ts";
import type { Credentials } from "./sigv4.ts";

/** On AWS itself nothing is created, because Pulumi manages the resources there. */
export const isAws = ({ url }: { url: string }): boolean =>
  /\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(url).hostname);

/** Settings for an SDK's client. */
export const settings = (
  { region, credentials }: { region: string; credentials: Credentials },
  { url }: { url: string },
) => ({
  region,
  credentials,
  endpoint: url,
  maxAttempts: 2,
});

/** Runs the work. Throws a CommandError that names the endpoint when the work fails. */
export async function namingEndpoint(
  service: string,
  { url }: { url: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason =
      error instanceof Error
        ? `${error.name}: ${error.message || (error as NodeJS.ErrnoException).code}`
        : String(error);
    throw new CommandError(`${service} at ${url} can't be used: ${reason}`);
  }
}

export const notDeployed = (what: string, name: string): string =>
  `The ${what} ${name} is not in that account. The local cloud creates nothing on AWS: deploy first.`;
