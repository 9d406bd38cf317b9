/** What an account's limits mean for a deployment: refused in a sentence, or adapted to them, and what to ask AWS for. */
import { functionList, taskList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";
import type { Settings } from "../settings.ts";
import type { AccountFacts } from "./account.ts";

/** Executions that Lambda keeps for functions without a reservation ("Configuring reserved concurrency"). */
const KEPT_UNRESERVED = 100;

/** What the functions beside the site's reserve for themselves. */
const OTHERS = Object.values(functionList).reduce((sum, { concurrency }) => sum + concurrency, 0);

const CPUS = { scan: taskList.scan.cpu / 1024, transcode: taskList.transcode.cpu / 1024 };
/** For one scan and two videos at a time. */
const ENOUGH_VCPUS = CPUS.scan + 2 * CPUS.transcode;

export type Plan = {
  /** Variables of settings.ts, as the account makes them. */
  settings: Record<string, string>;
  /** What a person should know before it begins. */
  notes: string[];
};

/** Throws CommandError for what the person has asked for and the account can't give. */
export function planFor(
  facts: AccountFacts,
  settings: Settings,
  { chosen = false }: { /** Whether the person has set DORMOUSE_MAX_INSTANCES. */ chosen?: boolean } = {},
): Plan {
  const plan: Plan = { settings: {}, notes: [] };
  planFunctions(plan, facts, settings.maxInstances, chosen);
  planContainers(plan, facts);
  if (facts.budgets === false && settings.monthlyBudget !== undefined) {
    plan.settings["DORMOUSE_BUDGET_USD"] = "none";
    plan.notes.push(
      "This account may not have budgets of its own, as a member of an organisation: nobody is told when a month gets dear. Ask whoever pays for one, or have them allow it.",
    );
  }
  if (settings.mailFrom && facts.mail && !facts.mail.sending)
    plan.notes.push(
      "SES has paused this account's mail: nothing is sent until AWS lifts that (SES console, Reputation).",
    );
  else if (settings.mailFrom && facts.mail && !facts.mail.production)
    plan.notes.push(
      "SES keeps this account in its sandbox: mail reaches only addresses that are verified in the SES console. Ask for production access there (Account dashboard); it takes about a day.",
    );
  return plan;
}

function planFunctions(plan: Plan, facts: AccountFacts, wanted: number, chosen: boolean): void {
  const { concurrent, unreserved, own } = facts;
  const free = unreserved + own - KEPT_UNRESERVED - OTHERS;
  if (wanted <= free) return;
  const ask = `Service Quotas, AWS Lambda, "Concurrent executions"; 1,000 are granted to most`;
  if (free < 1) {
    plan.settings["DORMOUSE_RESERVE"] = "no";
    const elsewhere = concurrent - unreserved - own;
    plan.notes.push(
      `This account may run ${concurrent} functions at a time${elsewhere > 0 ? `, of which ${elsewhere} are reserved elsewhere` : ""}: too few to set some aside for each part of Dormouse, so all share them, and a flood of requests makes deliveries wait. Ask for ${KEPT_UNRESERVED + OTHERS + wanted + Math.max(0, elsewhere)} or more: ${ask}. The next deployment then sets them aside.`,
    );
    return;
  }
  if (chosen) {
    throw new CommandError(
      `This account has ${unreserved + own} functions at a time to give: DORMOUSE_MAX_INSTANCES can be ${free} at most, not ${wanted}. For more: ${ask}.`,
    );
  }
  plan.settings["DORMOUSE_MAX_INSTANCES"] = String(free);
  plan.notes.push(
    `This account has ${unreserved + own} functions at a time to give: the site gets ${free} of them, not ${wanted}. For more: ${ask}.`,
  );
}

function planContainers({ notes }: Plan, { vcpus }: AccountFacts): void {
  if (vcpus === undefined || vcpus >= ENOUGH_VCPUS) return;
  const now =
    vcpus < CPUS.scan
      ? "no file can be scanned"
      : vcpus < CPUS.transcode
        ? "no video can be made playable in browsers"
        : "scans and videos wait for each other";
  notes.push(
    `Fargate gives this account ${vcpus} vCPUs at a time: ${now}. Ask for ${ENOUGH_VCPUS} or more: Service Quotas, AWS Fargate, "Fargate On-Demand vCPU resource count".`,
  );
}
