/** A table at an endpoint that the user chose: checks what the app needs there, and creates it if possible. */
import { CommandError } from "../../core/command-error.ts";
import { isAws, namingEndpoint, notDeployed, settings } from "../../core/foreign.ts";
import { type Environment, TABLE_NAME } from "../../environment.ts";
import { createTableInput, missingIndexInputs, timeToLiveInput } from "./table.ts";

/** Makes sure that the table exists as declared. Throws CommandError when the endpoint can't be used. */
export async function prepareForeignTable(environment: Environment): Promise<void> {
  const sdk = await import("@aws-sdk/client-dynamodb");
  const client = new sdk.DynamoDBClient(settings(environment, environment.dynamodb));
  await namingEndpoint("DynamoDB", environment.dynamodb, async () => {
    const described = await client
      .send(new sdk.DescribeTableCommand({ TableName: TABLE_NAME }))
      .catch((error: unknown) => {
        if (error instanceof sdk.ResourceNotFoundException) return undefined;
        throw error;
      });
    if (!described) {
      if (isAws(environment.dynamodb)) throw new CommandError(notDeployed("table", TABLE_NAME));
      await client.send(new sdk.CreateTableCommand(createTableInput(TABLE_NAME)));
      await sdk.waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: TABLE_NAME });
      await client.send(new sdk.UpdateTimeToLiveCommand(timeToLiveInput(TABLE_NAME)));
      return;
    }
    const existing = (described.Table?.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) => IndexName ?? []);
    const missing = missingIndexInputs(TABLE_NAME, existing);
    if (missing.length > 0 && isAws(environment.dynamodb))
      throw new CommandError(notDeployed("table's index", TABLE_NAME));
    for (const input of missing) await client.send(new sdk.UpdateTableCommand(input));
  });
  client.destroy();
}
