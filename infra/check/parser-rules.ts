/** Rules of what opens files of strangers: whoever takes it over must find nothing to take, and no way out. */
import { parsers, type TaskDeclaration, taskList } from "../function-list.ts";
import type { Resource, Stack } from "./evaluate.ts";
import {
  allowedStatements,
  functionsOf,
  inlineStatements,
  input,
  list,
  ofKind,
  rolesOf,
  statementsOf,
  text,
} from "./reading.ts";
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

  "a container that opens files of strangers may ask the broker and report how it went, and has no secret": (stack) =>
    openingTasks.flatMap(({ name, invokes = [] }) => {
      const role = rolesOf(stack).find((one) => one.name === `${titleOf(name)}TaskTaskRole`);
      const definition = ofKind(stack, "ecs/taskDefinition:TaskDefinition").find(
        (one) => one.name === `${titleOf(name)}TaskTask`,
      );
      if (!role || !definition) return [`There is no task ${name}.`];
      const asked = invokes.flatMap((one) => functionNamed(stack, one) ?? []).map((made) => text(made, "name"));
      const machines = ofKind(stack, "StateMachine").map((machine) => text(machine, "name"));
      const isMeant = (action: string, arns: string[]): boolean => {
        const names = action === "lambda:InvokeFunction" ? asked : REPORTING.test(action) ? machines : [];
        return arns.every((arn) => names.includes(arn.split(":").at(-1) ?? ""));
      };
      return [
        ...allowedStatements(role).flatMap(({ Action, Resource }) =>
          list(Action)
            .filter((action) => !isMeant(action, list(Resource)))
            .map((action) => `${name} may ${action} of ${list(Resource).join()}.`),
        ),
        ...linksOf(definition)
          .filter(({ link, value }) => link !== "App" && !(link === "Broker" && asked.includes(String(value.name))))
          .map(({ link }) => `${name} is told ${link}.`),
      ];
    }),

  "what containers read can be put into no bucket but ours": (stack) =>
    ofKind(stack, "VpcEndpoint").flatMap((gate) => {
      const ours = ["Uploads", "Derived", "Signatures"].map((name) => {
        const bucket = ofKind(stack, "s3/bucket:Bucket").find((one) => one.name === `${name}Bucket`);
        return `arn:aws:s3:::${bucket ? text(bucket, "bucket") : ""}`;
      });
      const statements = statementsOf(input(gate, "policy"));
      const isOurs = (arn: string): boolean => ours.some((bucket) => arn === bucket || arn === `${bucket}/*`);
      const foreign = statements
        .filter(({ Action }) => list(Action).some((action) => action !== "s3:GetObject"))
        .flatMap(({ Resource }) => list(Resource))
        .filter((arn) => !isOurs(arn));
      if (statements.length === 0) return [`${gate.name} lets everything through.`];
      return foreign.map((arn) => `${gate.name} lets through what changes ${arn}.`);
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

const REPORTING = /^states:SendTask(Failure|Heartbeat|Success)$/;
const openingTasks = Object.entries<TaskDeclaration>(taskList)
  .filter(([, { isolated }]) => isolated)
  .map(([name, declaration]) => ({ name, ...declaration }));

/** The links that a task's containers are told of. */
const linksOf = (definition: Resource): { link: string; value: { name?: string } }[] =>
  (
    JSON.parse(text(definition, "containerDefinitions")) as { environment?: { name: string; value: string }[] }[]
  ).flatMap(({ environment = [] }) =>
    environment
      .filter(({ name }) => name.startsWith("SST_RESOURCE_"))
      .map(({ name, value }) => ({
        link: name.slice("SST_RESOURCE_".length),
        value: JSON.parse(value) as { name?: string },
      })),
  );

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
