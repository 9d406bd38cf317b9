import { nameOf } from "./names.ts";

/**
 * Where containers run: public subnets, since a gateway for private ones would cost by the hour, and a group that lets
 * nothing in. Nothing here costs while no container runs; a running one's own address does, by the second.
 */
const CIDR = "10.17.0.0/16";
const ZONES = 2;

const tags = { Name: nameOf("tasks") };
const { region } = aws.getRegionOutput();

const vpc = new aws.ec2.Vpc("Vpc", { cidrBlock: CIDR, enableDnsHostnames: true, enableDnsSupport: true, tags });

// Every network comes with a group that lets its members talk to each other: emptied.
new aws.ec2.DefaultSecurityGroup("VpcDefaultGroup", { vpcId: vpc.id, ingress: [], egress: [], tags });

const gateway = new aws.ec2.InternetGateway("VpcGateway", { vpcId: vpc.id, tags });

const routes = new aws.ec2.RouteTable("VpcRoutes", {
  vpcId: vpc.id,
  routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
  tags,
});

const { names: zones } = aws.getAvailabilityZonesOutput({
  state: "available",
  filters: [{ name: "zone-type", values: ["availability-zone"] }],
});

const subnets = Array.from({ length: ZONES }, (_, index) => {
  const subnet = new aws.ec2.Subnet(`VpcSubnet${index + 1}`, {
    vpcId: vpc.id,
    cidrBlock: `10.17.${index * 16}.0/20`,
    availabilityZone: zones.apply((names) => names[index]!),
    tags,
  });
  new aws.ec2.RouteTableAssociation(`VpcSubnet${index + 1}Routes`, { subnetId: subnet.id, routeTableId: routes.id });
  return subnet.id;
});

// By these, bytes of files and rows never leave AWS's network; both are free.
for (const [name, service] of Object.entries({ S3: "s3", DynamoDB: "dynamodb" })) {
  new aws.ec2.VpcEndpoint(`Vpc${name}`, {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${region}.${service}`,
    vpcEndpointType: "Gateway",
    routeTableIds: [routes.id],
    tags,
  });
}

const group = new aws.ec2.SecurityGroup("TasksGroup", {
  vpcId: vpc.id,
  description: "Containers: nothing in, HTTPS out",
  ingress: [],
  egress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"], description: "HTTPS" }],
  tags,
});

export const network = { vpc: vpc.id, subnets, securityGroups: [group.id] };
