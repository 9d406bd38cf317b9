/** The HTTP API in front of `/v1`: its routes and limits, on AWS and in the local cloud alike. */

export type HttpApi = {
  /** The function that answers. */
  integration: string;
  /** The function that says who may ask, and for how long its word is kept, by what the identity source has. */
  authorizer: {
    function: string;
    /** 0: it is asked each time. */
    ttlSeconds: number;
    /** A header of the request: without it the answer is 401, and the function is not asked. */
    identitySource: `$request.header.${string}`;
  };
  /** By route key: `GET /path`, `ANY /path/{one}`, `ANY /path/{rest+}` or `$default`. */
  routes: Record<string, { authorized: boolean }>;
  /** Of each route: requests a second, and how many may come at once. */
  throttle: { rate: number; burst: number };
  /** Which pages of other sites may call it; absent: none. */
  cors?: Cors;
};

export type Cors = {
  /** `*`, `https://*` or an origin. */
  allowOrigins: string[];
  allowMethods?: ("GET" | "POST" | "PUT" | "PATCH" | "DELETE")[];
  allowHeaders?: string[];
  exposeHeaders?: string[];
  maxAgeSeconds?: number;
  allowCredentials?: boolean;
};

export const httpApi: HttpApi = {
  integration: "api",
  authorizer: { function: "authorize", ttlSeconds: 60, identitySource: "$request.header.Authorization" },
  routes: {
    "GET /v1/openapi.json": { authorized: false },
    "ANY /v1/{proxy+}": { authorized: true },
  },
  throttle: { rate: 100, burst: 200 },
};

/** What pages of these origins may do, with a key that they show; no cookie opens the interface. None without an origin. */
export const corsFor = (origins: string[]): Pick<HttpApi, "cors"> =>
  origins.length === 0
    ? {}
    : {
        cors: {
          allowOrigins: origins,
          allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
          allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
          exposeHeaders: ["etag", "idempotent-replayed", "ratelimit", "ratelimit-policy", "retry-after"],
          maxAgeSeconds: 600,
        },
      };
