/** Rules of the program interface's front door: who is asked for a key, how much may come at once, what its log says. */
import { httpApi } from "../api-rules.ts";
import type { Stack } from "./evaluate.ts";
import { input, ofKind, text } from "./reading.ts";

/** What an access log could give away: the key in a header, or what stands in a query. */
const TELLING = /authorizer|queryString|header|identity\.(?!sourceIp|userAgent)/i;

export const GATEWAY_RULES: Record<string, (stack: Stack) => string[]> = {
  "each route of the program interface asks for a key, but for its own document": (stack) => {
    const open = Object.entries(httpApi.routes).flatMap(([route, { authorized }]) => (authorized ? [] : [route]));
    const routes = ofKind(stack, "apigatewayv2/route:Route");
    return [
      ...routes
        .filter((route) => !open.includes(text(route, "routeKey")))
        .filter((route) => text(route, "authorizationType") !== "CUSTOM" || !text(route, "authorizerId"))
        .map((route) => `${text(route, "routeKey")} asks nobody for a key.`),
      ...Object.keys(httpApi.routes)
        .filter((key) => !routes.some((route) => text(route, "routeKey") === key))
        .map((key) => `There is no route ${key}.`),
    ];
  },

  "the program interface's word of an authorizer is kept for a minute at most, by the key alone": (stack) =>
    ofKind(stack, "apigatewayv2/authorizer:Authorizer").flatMap((authorizer) => [
      ...(Number(input(authorizer, "authorizerResultTtlInSeconds")) <= 60 ? [] : ["A revoked key is known for long."]),
      ...(JSON.stringify(input(authorizer, "identitySources")) === JSON.stringify([httpApi.authorizer.identitySource])
        ? []
        : ["The authorizer's word is kept by something else than the key."]),
    ]),

  "the program interface takes so many requests at once, and logs who asked but no key": (stack) =>
    ofKind(stack, "apigatewayv2/stage:Stage").flatMap((stage) => [
      ...(Number(input(stage, "defaultRouteSettings.throttlingRateLimit")) > 0 &&
      Number(input(stage, "defaultRouteSettings.throttlingBurstLimit")) > 0
        ? []
        : [`${stage.name} has no throttle.`]),
      ...(text(stage, "accessLogSettings.destinationArn") ? [] : [`${stage.name} has no access log.`]),
      ...(TELLING.test(text(stage, "accessLogSettings.format"))
        ? [`The log of ${stage.name} gives too much away.`]
        : []),
    ]),
};
