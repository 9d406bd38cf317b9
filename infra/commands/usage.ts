/** Thrown for unknown arguments of a command; its usage is shown then. */
export class UsageError extends Error {}

/** Throws UsageError when there are arguments. */
export function none(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError();
}

export const USAGE = `Usage:
  npm start                     build what has changed and run Dormouse
  npm run dev                   the same with Next's development server
  npm run build                 build only
  npm run cloud                 the local AWS endpoints alone
  npm run cloud -- env          their variables, for the SDK and the AWS CLI: export $(npm run -s cloud -- env)
  npm run cloud -- ps [--json]  what is awake
  npm run cloud -- sign-in      a fresh one-time link that signs you in as the owner
  npm run cloud -- inbox        the link to the mail that was sent
  npm run cloud -- rotate-keys PURPOSE     signs with a new key: of links, grants or sign-in
  npm run cloud -- withdraw-keys PURPOSE   and what older keys have signed is worth nothing any more
  npm test                      the tests; one: npm test -- unit PART-OF-ITS-PATH [-t NAME] [--watch]
  npm run bench                 speed and size, as ratios
  npm run deploy -- --stage NAME   to AWS; \`remove\` takes a stage away again
  npm run deploy:rehearsal      the same with SST's own program against a stand-in of AWS [-- --with-faults]
  npm run images:rehearsal      builds the containers' images, runs them and proves what is in them [-- scan|transcode]
  npm run torture -- upload      thirty uploads through faults and kills, each from its seed
  npm run fuzz [-- --seconds 300]  broken files for every reader of strangers' files
  npm run fuzz -- api           odd requests for every operation of the program interface, each from its seed
  npm run smoke -- URL          sends and collects through a Dormouse that runs somewhere
  npm run infra:resources       what a deployment to AWS would make [--json]
  npm run screenshots           pictures of every page, in screenshots/ [-- words of their names]
  npm run verify                types, lint, import rules, generated files; \`typecheck\` and \`lint\` alone
  npm run format                formats every file

  PORT           the app's port; S3, DynamoDB and the other services take the four after it (3000)
  DORMOUSE_HOME  where data, credentials and logs are kept (.dormouse)`;
