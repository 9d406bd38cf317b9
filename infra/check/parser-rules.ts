/** Rules of what opens files of strangers: whoever takes it over must find nothing to take, and no way out. */
import { parsers } from "../function-list.ts";
import type { Resource, Stack } from "./evaluate.ts";
import { allowedStatements, functionsOf, inlineStatements, input, list, ofKind, rolesOf, text } from "./reading.ts";
import { CONNECTING, LOGGING } from "./roles.ts";

const titleOf = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

export const PARSER_RULES: Record<string, (stack: Stack) => string[]> = {
  "what opens files of strangers has no right and no secret": (stack) =>
    Object.keys(parsers).flatMap((name) => {
      const role = rolesOf(stack).find((one) => one.name === `${titleOf(name)}FunctionRole`);
      const made = functionNamed(stack, name);
      if (!role || !made) return [`There is no function ${name}.`];
      const told = Object.keys((input(made, "environment.variables") as object | undefined) ?? {});
      const denied = inlineStatements(role)
        .filter(({ Effect, Condition }) => Effect === "Deny" && Condition?.ArnEquals?.["lambda:SourceFunctionArn"])
        .flatMap(({ Action }) => list(Action));
      return [
        ...allowedStatements(role)
          .flatMap(({ Action }) => list(Action))
          .filter((action) => !LOGGING.includes(action) && !(CONNECTING.includes(action) && denied.includes(action)))
          .map((action) => `${name} may ${action}.`),
        ...told
          .filter((variable) => variable.startsWith("SST_RESOURCE_") && variable !== "SST_RESOURCE_App")
          .map((variable) => `${name} is told ${variable}.`),
      ];
    }),

  "what opens files of strangers reaches the bucket of uploads and no other host": (stack) =>
    Object.keys(parsers).flatMap((name) => {
      const made = functionNamed(stack, name);
      const subnets = list(made && (input(made, "vpcConfig.subnetIds") as string[]));
      const groups = list(made && (input(made, "vpcConfig.securityGroupIds") as string[]));
      if (subnets.length === 0 || groups.length === 0) return [`${name} runs where it reaches every host.`];
      const tables = subnets.map((subnet) => routesOf(stack, subnet));
      return [
        ...tables.flatMap((table) => waysOut(stack, table)).map((way) => `${name} has a way out: ${way}.`),
        ...groups.flatMap((id) => {
          const group = ofKind(stack, "ec2/securityGroup:SecurityGroup").find((one) => `${one.name}-id` === id);
          const rules = list(group && (input(group, "egress") as Egress[]));
          return group && rules.every(isToPrefixList) ? [] : [`${name} may call any address.`];
        }),
      ];
    }),
};

type Egress = { cidrBlocks?: string[]; ipv6CidrBlocks?: string[]; prefixListIds?: string[] };
const isToPrefixList = ({ cidrBlocks, ipv6CidrBlocks, prefixListIds }: Egress): boolean =>
  list(cidrBlocks).length === 0 && list(ipv6CidrBlocks).length === 0 && list(prefixListIds).length > 0;

const functionNamed = (stack: Stack, name: string): Resource | undefined =>
  functionsOf(stack).find((one) => one.name === `${titleOf(name)}FunctionFunction`);

/** The route table of a subnet, by its id. */
const routesOf = (stack: Stack, subnet: string): string =>
  ofKind(stack, "RouteTableAssociation")
    .filter((one) => text(one, "subnetId") === subnet)
    .map((one) => text(one, "routeTableId"))
    .join();

/** Routes of a table, and what its gateways let through beside reads of the bucket of uploads. */
function waysOut(stack: Stack, id: string): string[] {
  const table = ofKind(stack, "ec2/routeTable:RouteTable").find((one) => `${one.name}-id` === id);
  if (!table) return ["the network's main routes"];
  const gates = ofKind(stack, "VpcEndpoint").filter((one) =>
    list(input(one, "routeTableIds") as string[]).includes(id),
  );
  const uploads = ofKind(stack, "s3/bucket:Bucket").find(({ name }) => name === "UploadsBucket");
  return [
    ...list(input(table, "routes") as object[]).map((route) => JSON.stringify(route)),
    ...ofKind(stack, "ec2/route:Route")
      .filter((one) => text(one, "routeTableId") === id)
      .map((one) => one.name),
    ...gates.flatMap((gate) => {
      const policy = input(gate, "policy");
      const statements = policy ? list((JSON.parse(String(policy)) as { Statement: object | object[] }).Statement) : [];
      const narrow = statements.every((one) => {
        const { Action, Resource } = one as { Action: string | string[]; Resource: string | string[] };
        const objects = `arn:aws:s3:::${uploads ? text(uploads, "bucket") : ""}/*`;
        return list(Action).join() === "s3:GetObject" && list(Resource).join() === objects;
      });
      return statements.length > 0 && narrow ? [] : [gate.name];
    }),
  ];
}
