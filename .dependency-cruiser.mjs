/**
 * Who may import whom. Tests (`*.test.ts`) and what only they use (`testing/`, `e2e/`) are free; the rest is layered:
 * pages over verbs, verbs over stores, stores over the table, and the kernel below everything.
 */

const TEST = "\\.test\\.tsx?$|(^|/)testing/|^e2e/";
const NEXT = "^(node_modules/)?next(/|$)";

/** Domains: a folder of verbs with their store, entity, schema and errors. */
const DOMAIN =
  "^lib/(api-keys|deliveries|device-login|downloads|files|links|mail|members|requests|transfers|uploads|webhooks|workflow|workspaces)/";
/** Parts of a domain that are not verbs; a path ends with one of these. */
const STORE = "\\.store\\.ts$";
const ENTITY = "\\.entity\\.ts$";
const SCHEMA = "\\.schema\\.ts$";
const ERRORS = "\\.errors\\.ts$";
/** Written or read together: a transfer with its files, links, recipients and runs; a workspace with its first owner; a key with its member. */
const TRANSFER_FAMILY = "^lib/(deliveries|downloads|files|links|transfers|uploads|workflow)/";
/** How files come and go. */
const TRANSPORTS = "^lib/(uploads|downloads)/";
const WORKSPACE_FAMILY = "^lib/(api-keys|device-login|members|workspaces)/";

/** Services of the local cloud that use others: they call functions, start containers, or put failures into a queue. */
const OTHER_SERVICES = {
  apigateway: ["lambda"],
  cloudfront: ["lambda"],
  dynamodb: ["lambda", "sqs"],
  lambda: ["sqs"],
  s3: ["lambda"],
  scheduler: ["lambda", "sqs"],
  ses: ["lambda"],
  states: ["ecs", "lambda"],
};

/** What every store may import, beside packages. */
const STORES_MAY = ["^lib/(adapters|db|kernel)/", "^lib/$1/", SCHEMA, "^lib/auth/permissions\\.ts$"];

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** From `from`, only `allowed` of our own modules may be imported. */
const only = (name, comment, from, allowed) =>
  forbid(
    name,
    comment,
    { ...from, pathNot: [TEST, ...[from.pathNot ?? []].flat()] },
    { path: "^(app|cli|components|lib|infra|e2e)/|^proxy\\.ts$", pathNot: allowed },
  );

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    only(
      "app",
      "Routes carry: they use components, the edge (lib/web), verbs and schemas; never stores, entities or clients.",
      { path: "^app/" },
      [
        "^app/",
        "^components/",
        "^lib/(auth|kernel|metering|web)/",
        "^lib/api/openapi\\.json$",
        `${DOMAIN}(?!.*\\.(store|entity)\\.ts$)`,
      ],
    ),
    only(
      "components",
      "Components know schemas, the kernel, the engines and the workflow that they draw; actions arrive as props.",
      { path: "^components/" },
      ["^components/", "^lib/(kernel|upload-engine|download-engine)/", "^lib/workflow/definition.ts$", SCHEMA],
    ),
    only(
      "components-ui",
      "Primitives know no domain; how sizes and counts are written is everyone's.",
      { path: "^components/ui/" },
      ["^components/ui/", "^lib/kernel/format\\.ts$"],
    ),
    only(
      "parsers",
      "What opens files of strangers knows no table, no bucket and no secret.",
      { path: "^lib/entrypoints/parsers/" },
      ["^lib/inspection/"],
    ),
    only("entrypoints", "Handlers parse, and call verbs.", { path: "^lib/entrypoints/(?!parsers/)" }, [
      "^lib/(adapters|api|auth|entrypoints|kernel|metering|scanning|web)/",
      `${DOMAIN}(?!.*\\.(store|entity)\\.ts$)`,
    ]),
    only("api", "The program interface is an edge: its operations call verbs.", { path: "^lib/api/" }, [
      "^lib/(adapters|api|auth|kernel|metering|web)/",
      `${DOMAIN}(?!.*\\.(store|entity)\\.ts$)`,
    ]),
    only(
      "cli",
      "The command line program is a stranger's machine: it knows the engines and what the server's schemas say, and no verb, client or secret.",
      { path: "^cli/" },
      ["^cli/", "^lib/(api-client|kernel|upload-engine|download-engine)/", SCHEMA],
    ),
    forbid(
      "cli",
      "Nobody uses the command line program but its tests.",
      { path: "^(app|components|lib|infra)/", pathNot: TEST },
      { path: "^cli/" },
    ),
    only("api-client", "The API's client knows the API's document alone.", { path: "^lib/api-client/" }, [
      "^lib/api-client/",
    ]),
    only("proxy", "The proxy is part of the edge.", { path: "^proxy\\.ts$" }, ["^lib/(kernel|web)/"]),
    only(
      "web",
      "The edge turns requests into contexts and verbs' errors into answers; of the stores it reads the session's.",
      { path: "^lib/web/" },
      [
        "^lib/(adapters|auth|kernel|metering|web)/",
        "^lib/members/session\\.store\\.ts$",
        `${DOMAIN}(?!.*\\.(store|entity)\\.ts$)`,
      ],
    ),
    only("verbs", "Verbs reach the table through stores.", { path: DOMAIN, pathNot: [STORE, ENTITY, SCHEMA, ERRORS] }, [
      // What looks into bytes is no domain: it knows no table and no client.
      "^lib/(adapters|auth|inspection|kernel|metering|programs|scanning|transcoding)/",
      DOMAIN,
    ]),
    ...[TRANSFER_FAMILY, WORKSPACE_FAMILY].map((family) =>
      forbid(
        "other-domains-stores",
        "Another domain is used through its verbs; what is written together shares its stores.",
        { path: family, pathNot: TEST },
        { path: STORE, pathNot: family },
      ),
    ),
    forbid(
      "other-domains-stores",
      "Another domain is used through its verbs; what is written together shares its stores.",
      { path: DOMAIN, pathNot: [TEST, TRANSFER_FAMILY, WORKSPACE_FAMILY] },
      { path: STORE, pathNot: "^lib/$1/" },
    ),
    only(
      "stores",
      "Stores use the table, clients, the kernel and their own domain; of others only schemas.",
      { path: `${DOMAIN}.*${STORE}`, pathNot: TRANSPORTS },
      STORES_MAY,
    ),
    only(
      "stores",
      "What comes and goes are files: stores of uploads and downloads use the files' rows and keys as well.",
      { path: `${TRANSPORTS}.*${STORE}` },
      [...STORES_MAY, `^lib/files/.*(${STORE}|${ENTITY})`],
    ),
    forbid(
      "stores-know-grants-as-types",
      "A store narrows its keys by a grant; whether it is given is the verb's business.",
      { path: STORE, pathNot: TEST },
      { path: "^lib/auth/", dependencyTypesNot: ["type-only"] },
    ),
    only("entities", "Entities describe keys and attributes.", { path: ENTITY }, ["^lib/kernel/"]),
    forbid(
      "entities-are-the-stores",
      "What a row looks like is known to its store and to lib/db alone.",
      { path: "^(app|components|lib|proxy)", pathNot: [TEST, "^lib/db/", STORE, ENTITY] },
      { path: ENTITY, dependencyTypesNot: ["type-only"] },
    ),
    only("schemas", "Schemas say what comes in.", { path: SCHEMA }, ["^lib/kernel/", SCHEMA]),
    forbid(
      "schemas-are-the-servers",
      "A page or program knows schemas as types: a parser weighs more than the page. What both need is the kernel's.",
      { path: "^(cli|components|lib/(upload-engine|download-engine))/", pathNot: TEST },
      { path: SCHEMA, dependencyTypesNot: ["type-only"] },
    ),
    only("errors", "Errors are kernel and nothing else.", { path: `^lib/.*${ERRORS}` }, ["^lib/kernel/"]),
    only("kernel", "The kernel imports nothing of ours.", { path: "^lib/kernel/" }, ["^lib/kernel/"]),
    only("auth", "Who may do what is decided from the context alone.", { path: "^lib/auth/" }, ["^lib/(auth|kernel)/"]),
    only("db", "The table knows its entities.", { path: "^lib/db/" }, ["^lib/(adapters|db|kernel)/", ENTITY]),
    only("adapters", "Clients, counted by the meter.", { path: "^lib/adapters/" }, [
      "^lib/(adapters|kernel|metering)/",
    ]),
    only("metering", "The meter counts; it knows no client.", { path: "^lib/metering/" }, ["^lib/(kernel|metering)/"]),
    only(
      "tools",
      "What talks to other people's programs (clamd, ffmpeg) knows files and streams, and nothing of the table.",
      { path: "^lib/(programs|scanning|transcoding)/" },
      ["^lib/(adapters|kernel|metering|programs|scanning|transcoding)/"],
    ),
    only(
      "upload-engine",
      "The engine runs in any browser page and in a CLI: it knows the protocol and nothing of the app.",
      { path: "^lib/upload-engine/" },
      ["^lib/(kernel|upload-engine)/", `^lib/uploads/.*${SCHEMA}`],
    ),
    only(
      "inspection",
      "What makes previews of strangers' files knows bytes, limits and schemas: no client, no table, no secret.",
      { path: "^lib/inspection/" },
      ["^lib/(inspection|kernel)/", SCHEMA],
    ),
    only(
      "download-engine",
      "The engine runs in any browser page and in a service worker: it knows the protocol and nothing of the app.",
      { path: "^lib/download-engine/" },
      ["^lib/(kernel|download-engine)/", `^lib/downloads/.*${SCHEMA}`, "^lib/upload-engine/crc64nvme\\.ts$"],
    ),
    only(
      "infra",
      "Infrastructure shares index names and the workflow's definition with the application, and keys, sign-in tokens and the search for programs with its commands.",
      { path: "^infra/" },
      [
        "^infra/",
        "^lib/db/indexes\\.ts$",
        "^lib/workflow/definition\\.ts$",
        "^lib/auth/sign-in-token\\.ts$",
        "^lib/kernel/keys\\.ts$",
        "^lib/programs/find-program\\.ts$",
      ],
    ),
    forbid(
      "infra-local",
      "The application does not know that a local cloud exists; neither does what is deployed. Checks and deployments may use its tools.",
      { pathNot: [TEST, "^infra/(local|commands|check|deploy)/"] },
      { path: "^infra/local/" },
    ),
    forbid(
      "commands",
      "What npm's scripts run is at the top: checks take the build from there, and nobody else anything.",
      { pathNot: [TEST, "^infra/(commands|check)/"] },
      { path: "^infra/commands/" },
    ),
    only(
      "local-cloud",
      "What the local cloud runs is handed to it by one file: it could be taken out, and run another project.",
      { path: "^infra/local/", pathNot: "^infra/local/declaration\\.ts$" },
      ["^infra/local/"],
    ),
    only("local-core", "What every local service is built on knows none of them.", { path: "^infra/local/core/" }, [
      "^infra/local/core/",
    ]),
    ...[[`(?!(?:${Object.keys(OTHER_SERVICES).join("|")})/)[^/]+`, []], ...Object.entries(OTHER_SERVICES)].map(
      ([service, others]) =>
        only(
          "local-services",
          "A local service knows the core, the environment, its contract, what is declared, and of other services those that are listed.",
          { path: `^infra/local/services/(${service})/` },
          [
            "^infra/local/core/",
            "^infra/local/(declaration|environment|roles|service)\\.ts$",
            ...["$1", ...others].map((one) => `^infra/local/services/${one}/`),
          ],
        ),
    ),
    forbid("testing", "What only tests use stays with them.", { pathNot: TEST }, { path: "(^|/)testing/|^e2e/" }),
    forbid(
      "next",
      "The framework stays at the edge.",
      { pathNot: [TEST, "^(app|components|lib/web|lib/auth)/", "^proxy\\.ts$", "^node_modules/"] },
      { path: NEXT },
    ),
    forbid(
      "browser",
      "This code runs in browsers: nothing of Node's.",
      { path: ["^components/", "^lib/(kernel|upload-engine|download-engine)/", SCHEMA], pathNot: TEST },
      { dependencyTypes: ["core"] },
    ),
    forbid(
      "cycles",
      "Modules that need each other are one module.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    forbid(
      "cycles-of-types",
      "Types don't refer to each other in a circle either: one of the two owns what both need. The upload engine's core and lanes are one thing.",
      { pathNot: "^lib/upload-engine/" },
      { circular: true },
    ),
    forbid("unresolvable", "An import that is not found is seen by no other rule.", {}, { couldNotResolve: true }),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "(^|/)node_modules/" },
    exclude: { path: "^\\.(next|open-next|sst)/|\\.css$" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
    },
  },
};
