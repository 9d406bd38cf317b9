/** What the account that the shell's credentials belong to says of itself; what may not be asked is left out. */
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { GetAccountCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { functionList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";
import { nameIn } from "../stage-names.ts";
import { type Caller, callAws } from "./call-aws.ts";
import { checkRegion } from "./regions.ts";

export type AccountFacts = {
  /** Executions of Lambda at a time: of the whole account, and what nobody in it has reserved. */
  concurrent: number;
  unreserved: number;
  /** Of what is reserved, by an earlier deployment of the same stage. */
  own: number;
  /** Fargate's vCPUs at a time. */
  vcpus?: number;
  /** Whether it may have budgets: a member of an organisation may be kept from them. */
  budgets?: boolean;
  /** Of SES in this region: whether strangers may be written to, and whether anybody may. */
  mail?: { production: boolean; sending: boolean };
};

/** "Fargate On-Demand vCPU resource count", in Service Quotas. */
const FARGATE_VCPUS = "L-3032A538";

/** Where it would be deployed, and by whom. Throws CommandError where a deployment can't begin. */
export async function findCaller(): Promise<Caller> {
  const client = new LambdaClient({ maxAttempts: 2 });
  const region = await client.config.region().catch(() => {
    throw new CommandError("No region: export AWS_REGION=us-east-1, or another one near you.");
  });
  checkRegion(region);
  const credentials = await client.config.credentials().catch(() => {
    throw new CommandError(
      "No credentials for AWS: `aws configure`, `aws sso login`, or export AWS_PROFILE. An administrator's are needed.",
    );
  });
  client.destroy();
  return { region, credentials };
}

/** Throws CommandError when AWS does not know the credentials, or not in this region. */
export async function askAccount(
  { region, credentials }: Caller,
  { stage, mail }: { stage: string; mail: boolean },
): Promise<AccountFacts> {
  const lambda = new LambdaClient({ region, credentials, maxAttempts: 2 });
  try {
    const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand({})).catch((error: Error) => {
      throw new CommandError(
        `AWS refuses these credentials in ${region}: ${error.name}: ${error.message}\nAre they still valid, and is the region enabled for this account (Account, "AWS Regions")?`,
      );
    });
    const { ConcurrentExecutions: concurrent = 0, UnreservedConcurrentExecutions: unreserved = concurrent } =
      AccountLimit;
    const [own, vcpus, budgets, sending] = await Promise.all([
      reservedBy(lambda, stage),
      fargateVcpus({ region, credentials }),
      mayHaveBudgets({ region, credentials }),
      mail ? mailOf({ region, credentials }) : undefined,
    ]);
    return {
      concurrent,
      unreserved,
      own,
      ...(vcpus === undefined ? {} : { vcpus }),
      ...(budgets === undefined ? {} : { budgets }),
      ...(sending === undefined ? {} : { mail: sending }),
    };
  } finally {
    lambda.destroy();
  }
}

async function reservedBy(lambda: LambdaClient, stage: string): Promise<number> {
  const reserved = await Promise.all(
    ["web", ...Object.keys(functionList)].map(async (name) => {
      const command = new GetFunctionConcurrencyCommand({ FunctionName: nameIn(stage, name) });
      const { ReservedConcurrentExecutions = 0 } = await lambda.send(command).catch((error: unknown) => {
        if (error instanceof ResourceNotFoundException) return { ReservedConcurrentExecutions: 0 };
        throw new CommandError(
          `AWS does not say what ${stage} has reserved of Lambda: ${(error as Error).message} An administrator's credentials are needed.`,
        );
      });
      return ReservedConcurrentExecutions;
    }),
  );
  return reserved.reduce((sum, one) => sum + one, 0);
}

async function fargateVcpus(caller: Caller): Promise<number | undefined> {
  const { body } = await callAws(caller, {
    service: "servicequotas",
    variable: "SERVICE_QUOTAS",
    target: "ServiceQuotasV20190624.GetServiceQuota",
    input: { ServiceCode: "fargate", QuotaCode: FARGATE_VCPUS },
  });
  return (body as { Quota?: { Value?: number } }).Quota?.Value;
}

async function mayHaveBudgets(caller: Caller): Promise<boolean | undefined> {
  const identity = await callAws(caller, {
    service: "sts",
    variable: "STS",
    input: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  const [, AccountId] = /<Account>(\d+)<\/Account>/.exec(String(identity.body)) ?? [];
  if (!AccountId) return undefined;
  // Budgets are the whole account's, and kept in one place.
  const { status, body } = await callAws(
    { ...caller, region: "us-east-1" },
    {
      service: "budgets",
      variable: "BUDGETS",
      host: "budgets.amazonaws.com",
      target: "AWSBudgetServiceGateway.DescribeBudgets",
      input: { AccountId, MaxResults: 1 },
    },
  );
  if (status === 200) return true;
  return /AccessDenied/.test((body as { __type?: string }).__type ?? "") ? false : undefined;
}

async function mailOf({ region, credentials }: Caller): Promise<AccountFacts["mail"]> {
  const ses = new SESv2Client({ region, credentials, maxAttempts: 2 });
  try {
    const { ProductionAccessEnabled = false, SendingEnabled = false } = await ses.send(new GetAccountCommand({}));
    return { production: ProductionAccessEnabled, sending: SendingEnabled };
  } catch {
    // A question that is not answered is no fault of the deployment: whether mail leaves shows at the first one.
    return undefined;
  } finally {
    ses.destroy();
  }
}
