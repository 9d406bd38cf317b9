/** Accounts as AWS makes them, and what a deployment makes of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { functionList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";
import { readSettings } from "../settings.ts";
import type { AccountFacts } from "./account.ts";
import { explain } from "./explain.ts";
import { planFor } from "./plan.ts";
import { checkRegion } from "./regions.ts";

const OTHERS = Object.values(functionList).reduce((sum, { concurrency }) => sum + concurrency, 0);
const LARGE: AccountFacts = { concurrent: 1000, unreserved: 1000, own: 0, vcpus: 100, budgets: true };
/** What the usual settings need, with the hundred that Lambda keeps. */
const NEEDED = 100 + OTHERS + 100;

type Case = {
  facts?: Partial<AccountFacts>;
  env?: Record<string, string>;
  chosen?: boolean;
  settings?: object;
  says?: RegExp;
  refused?: RegExp;
};

const CASES: Record<string, Case> = {
  "a large account: as declared": {},
  "exactly enough": { facts: { concurrent: NEEDED, unreserved: NEEDED } },
  "one too few: the site gets less": {
    facts: { concurrent: NEEDED - 1, unreserved: NEEDED - 1 },
    settings: { DORMOUSE_MAX_INSTANCES: "99" },
    says: /the site gets 99 of them, not 100/,
  },
  "a new account of ten": {
    facts: { concurrent: 10, unreserved: 10 },
    settings: { DORMOUSE_RESERVE: "no" },
    says: /10 functions at a time: too few.*Service Quotas, AWS Lambda/,
  },
  "nothing left of the hundred that Lambda keeps": {
    facts: { concurrent: 100 + OTHERS, unreserved: 100 + OTHERS },
    settings: { DORMOUSE_RESERVE: "no" },
    says: new RegExp(`Ask for ${NEEDED} or more`),
  },
  "other stages left too little": {
    facts: { unreserved: 150 },
    settings: { DORMOUSE_RESERVE: "no" },
    says: /of which 850 are reserved elsewhere/,
  },
  "what the same stage has reserved is its own": {
    facts: { unreserved: 1000 - OTHERS - 700, own: OTHERS + 100 + 100 },
  },
  "more than there are, and asked for by name": {
    facts: { concurrent: NEEDED, unreserved: NEEDED },
    env: { DORMOUSE_MAX_INSTANCES: "120" },
    chosen: true,
    refused: /DORMOUSE_MAX_INSTANCES can be 100 at most, not 120.*Service Quotas/,
  },
  "a number of its own in a new account": {
    facts: { concurrent: 10, unreserved: 10 },
    env: { DORMOUSE_MAX_INSTANCES: "120" },
    chosen: true,
    settings: { DORMOUSE_RESERVE: "no" },
    says: /too few/,
  },
  "no vCPU at all": { facts: { vcpus: 0 }, says: /no file can be scanned.*AWS Fargate/ },
  "one vCPU": { facts: { vcpus: 1 }, says: /no video can be made playable/ },
  "two vCPUs": { facts: { vcpus: 2 }, says: /scans and videos wait for each other.*Ask for 5 or more/ },
  "vCPUs that may not be asked for": { facts: { vcpus: undefined as never } },
  "a member without budgets": {
    facts: { budgets: false },
    settings: { DORMOUSE_BUDGET_USD: "none" },
    says: /may not have budgets/,
  },
  "a member without budgets who wants none": { facts: { budgets: false }, env: { DORMOUSE_BUDGET_USD: "none" } },
  "SES's sandbox": {
    facts: { mail: { production: false, sending: true } },
    env: { DORMOUSE_MAIL_FROM: "files@example.com" },
    says: /sandbox.*production access/,
  },
  "SES has paused mail": {
    facts: { mail: { production: true, sending: false } },
    env: { DORMOUSE_MAIL_FROM: "files@example.com" },
    says: /SES has paused/,
  },
  "mail may be sent": {
    facts: { mail: { production: true, sending: true } },
    env: { DORMOUSE_MAIL_FROM: "files@example.com" },
  },
};

for (const [what, { facts = {}, env = {}, chosen = false, settings = {}, says, refused }] of Object.entries(CASES)) {
  test(`planned: ${what}`, () => {
    const plan = () => planFor({ ...LARGE, ...facts }, readSettings(env), { chosen });
    if (refused)
      return void assert.throws(plan, (error) => error instanceof CommandError && refused.test(error.message));
    const { settings: made, notes } = plan();
    assert.deepEqual(made, settings);
    if (says) assert.match(notes.join("\n"), says);
    else assert.deepEqual(notes, []);
  });
}

test("a plan keeps the hundred that Lambda keeps, whatever is left of an account", () => {
  for (let unreserved = 0; unreserved <= 600; unreserved += 7) {
    const usual = readSettings({});
    const { settings } = planFor({ ...LARGE, unreserved }, usual);
    const { reserve, maxInstances } = readSettings(settings);
    if (reserve) assert.ok(unreserved - OTHERS - maxInstances >= 100 && maxInstances >= 1, String(unreserved));
    else assert.ok(unreserved - OTHERS - 1 < 100, String(unreserved));
    assert.ok(maxInstances <= usual.maxInstances);
  }
});

for (const region of ["eu-central-2", "il-central-1", "cn-north-1", "us-gov-west-1", "mars-north-1", ""])
  test(`no deployment begins in "${region}"`, () => assert.throws(() => checkRegion(region), CommandError));

const SAID: [said: string, means: RegExp][] = [
  [
    "AccessDenied: Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support",
    /open a case with AWS Support/,
  ],
  [
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    /deploy again/,
  ],
  [
    "AccessDeniedException: Account 1 is a linked account. To enable budgets for your account, ask the payer account",
    /DORMOUSE_BUDGET_USD=none/,
  ],
  [
    "Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:x:1 because it is a replicated function.",
    /Run the same command again later/,
  ],
  [
    "ERROR: Can't download daily.cvd from https://database.clamav.net/daily.cvd",
    /ClamAV's servers refused it[\s\S]*another network/,
  ],
  ["CNAMEAlreadyExists: One or more of the CNAMEs you provided", /DORMOUSE_DOMAIN/],
  ["ExpiredToken: The security token included in the request is expired", /sign in/],
  ["Region eu-central-2 is not supported by this component.", /AWS_REGION/],
  ["VpcLimitExceeded: The maximum number of VPCs has been reached.", /Service Quotas/],
];

for (const [said, means] of SAID)
  test(`AWS says: ${said.slice(0, 60)}`, () => {
    const told = explain(`+  Deploy\n✕  Failed\n${said}\n`);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", means);
  });

test("what went well, or is unknown, is not explained", () =>
  assert.deepEqual(explain("✓  Complete\n   url: https://x.cloudfront.net\nsomething else failed"), []));
