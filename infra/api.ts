import { type Cors, corsFor, httpApi } from "./api-rules.ts";
import { functions } from "./functions.ts";
import { nameOf } from "./names.ts";
import { readSettings } from "./settings.ts";

const { apiDomain, apiOrigins } = readSettings();
const { cors } = corsFor(apiOrigins);

/** The program interface: an HTTP API that costs nothing while nobody calls. Its log says who called, and never with what key. */
export const Api = new sst.aws.ApiGatewayV2("Api", {
  accessLog: { retention: "1 month" },
  ...(apiDomain ? { domain: apiDomain } : {}),
  cors: cors ? browsersOf(cors) : false,
  transform: {
    api: (args) => {
      args.name = nameOf("api");
    },
    stage: (args) => {
      args.defaultRouteSettings = {
        throttlingRateLimit: httpApi.throttle.rate,
        throttlingBurstLimit: httpApi.throttle.burst,
      };
    },
  },
});

const { authorizer, integration, routes } = httpApi;

const keys = Api.addAuthorizer({
  name: "Keys",
  lambda: {
    function: functionNamed(authorizer.function).arn,
    identitySources: [authorizer.identitySource],
    ttl: `${authorizer.ttlSeconds} seconds`,
  },
});

for (const [route, { authorized }] of Object.entries(routes))
  Api.route(route, functionNamed(integration).arn, authorized ? { auth: { lambda: keys.id } } : {});

/** Guarantee: the names in api-rules.ts are those of functions; `rules.test.ts` evaluates this. */
function functionNamed(name: string): sst.aws.Function {
  return functions[name as keyof typeof functions];
}

/** As SST names it. */
function browsersOf({ maxAgeSeconds = 0, ...cors }: Cors) {
  return { ...cors, maxAge: `${maxAgeSeconds} seconds` as const };
}
