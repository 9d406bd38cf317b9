/** What AWS and SST say when a deployment fails for a reason that a person can do something about. */

const KNOWN: [said: RegExp, means: string][] = [
  [
    /Could not install pulumi/i,
    "SST fetches Pulumi from github.com, the first time only, and could not: is there a way there from this machine, perhaps by a proxy (export HTTPS_PROXY)?",
  ],
  [
    /account must be verified before you can add (new )?CloudFront resources/i,
    "AWS has not released CloudFront to this account yet, as with many new ones: open a case with AWS Support (Account and billing, it is free), quote the sentence above, and deploy again when they have answered.",
  ],
  [
    /UnreservedConcurrentExecution[^\n]*below its minimum/i,
    "Lambda keeps 100 executions for functions without a reservation, and another stage or app took some meanwhile: deploy again, and it is planned with what is left.",
  ],
  [
    /Region \S+ is not supported by this component|Invalid AWS region/i,
    "SST's site component does not know this region: export AWS_REGION as another one.",
  ],
  [
    /ask the payer account|[Ll]inked account|budgets[^\n]*(AccessDenied|not authorized)|(AccessDenied|not authorized)[^\n]*budgets/i,
    "This account may not have budgets, as a member of an organisation: DORMOUSE_BUDGET_USD=none deploys without one.",
  ],
  [
    /database\.clamav\.net|freshclam[^\n]*(exit code|did not complete)/i,
    "The image of the virus scan is built with a base set of signatures, and ClamAV's servers refused it, as they do to many clouds: deploy from another network, such as your own.",
  ],
  [
    /replicated function/i,
    "CloudFront keeps copies of the function at the edge for some hours: nothing is wrong. Run the same command again later, and it takes up where it stopped.",
  ],
  [
    /CNAMEAlreadyExists|alternate domain names? you provided (is|are) already associated/i,
    "Another CloudFront distribution has this domain: take it away there, or choose another one (DORMOUSE_DOMAIN).",
  ],
  [
    /(find|matching|no) [^\n]*hosted zone/i,
    "The domain needs a hosted zone of Route 53 in this same account: see docs/deploying.md, “Domain”.",
  ],
  [
    /ExpiredToken|security token included in the request is (expired|invalid)/i,
    "The credentials ran out meanwhile: sign in again (`aws sso login`) and run the same command; it takes up where it stopped.",
  ],
  [
    /ServiceQuotaExceeded|LimitExceeded|VpcLimitExceeded|maximum number of (VPCs|buckets|addresses|distributions)/i,
    "The account has as many of these as AWS allows it: remove what is unused, or ask for more under Service Quotas.",
  ],
  [
    /explicit deny in a service control policy/i,
    "The organisation that this account belongs to forbids it (a service control policy): its administrator has to allow it.",
  ],
];

/** A sentence for each reason that is known in what was said. */
export const explain = (said: string): string[] => KNOWN.filter(([pattern]) => pattern.test(said)).map(([, it]) => it);
