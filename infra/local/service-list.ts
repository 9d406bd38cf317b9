import type { LocalService } from "./service.ts";

/** The port of the services that are told apart by the credential's scope and not by their port. */
export const SHARED_PORT = 3;

/**
 * The services of the local cloud. `port` is counted from the app's. `variables` are the ends of the names by which the
 * SDK finds the service: `SFN` in AWS_ENDPOINT_URL_SFN. Reading an address from this list does not load the service's
 * module.
 */
export const SERVICES = {
  cloudfront: { port: 0, variables: [], load: () => import("./services/cloudfront/index.ts") },
  s3: { port: 1, variables: ["S3"], load: () => import("./services/s3/index.ts") },
  dynamodb: { port: 2, variables: ["DYNAMODB"], load: () => import("./services/dynamodb/index.ts") },
  lambda: { port: SHARED_PORT, variables: ["LAMBDA"], load: () => import("./services/lambda/index.ts") },
  sqs: { port: SHARED_PORT, variables: ["SQS"], load: () => import("./services/sqs/index.ts") },
  states: { port: SHARED_PORT, variables: ["SFN"], load: () => import("./services/states/index.ts") },
  ecs: { port: SHARED_PORT, variables: ["ECS"], load: () => import("./services/ecs/index.ts") },
  scheduler: { port: SHARED_PORT, variables: ["SCHEDULER"], load: () => import("./services/scheduler/index.ts") },
  ses: { port: SHARED_PORT, variables: ["SESV2", "SES"], load: () => import("./services/ses/index.ts") },
  apigateway: { port: 5, variables: [], load: () => import("./services/apigateway/index.ts") },
} satisfies Record<string, { port: number; variables: string[]; load: () => Promise<LocalService> }>;
