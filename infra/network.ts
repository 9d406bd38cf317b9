import { nameOf } from "./names.ts";
import { Derived, Signatures, Uploads } from "./storage.ts";

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

const subnets = makeSubnets("Vpc", 0, routes);

function makeSubnets(name: string, from: number, { id: routeTableId }: aws.ec2.RouteTable) {
  return Array.from({ length: ZONES }, (_, index) => {
    const subnet = new aws.ec2.Subnet(`${name}Subnet${index + 1}`, {
      vpcId: vpc.id,
      cidrBlock: `10.17.${from + index * 16}.0/20`,
      availabilityZone: zones.apply((names) => names[index]!),
      tags,
    });
    new aws.ec2.RouteTableAssociation(`${name}Subnet${index + 1}Routes`, { subnetId: subnet.id, routeTableId });
    return subnet.id;
  });
}

/**
 * The containers' way to S3. It is free, and bytes of files stay in AWS's network. It lets through requests to our buckets
 * and reads of image layers ("Amazon ECR interface VPC endpoints" in the ECR guide). So a container can't put what it has
 * read into somebody else's bucket.
 */
new aws.ec2.VpcEndpoint("VpcS3", {
  vpcId: vpc.id,
  serviceName: $interpolate`com.amazonaws.${region}.s3`,
  vpcEndpointType: "Gateway",
  routeTableIds: [routes.id],
  policy: letThrough([
    { actions: ["s3:GetObject"], resources: [$interpolate`${Uploads.arn}/*`] },
    { actions: ["s3:PutObject"], resources: [$interpolate`${Derived.arn}/*`] },
    {
      actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      resources: [$interpolate`${Signatures.arn}/*`],
    },
    { actions: ["s3:ListBucket"], resources: [Signatures.arn] },
    { actions: ["s3:GetObject"], resources: [$interpolate`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`] },
  ]),
  tags,
});

/** What an endpoint lets anybody do who has a right to it. */
function letThrough(statements: { actions: string[]; resources: $util.Input<string>[] }[]): $util.Output<string> {
  const principals = [{ type: "*", identifiers: ["*"] }];
  return aws.iam.getPolicyDocumentOutput({ statements: statements.map((one) => ({ ...one, principals })) }).json;
}

const group = new aws.ec2.SecurityGroup("TasksGroup", {
  vpcId: vpc.id,
  description: "Containers: nothing in, HTTPS out",
  ingress: [],
  egress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"], description: "HTTPS" }],
  tags,
});

export const network = { vpc: vpc.id, subnets, securityGroups: [group.id] };

/**
 * Where files of strangers are opened: no way out and none in. The one gate leads to S3, and lets through nothing but
 * reads of the bucket of uploads: else what was read could be put into somebody else's bucket.
 */
const closedRoutes = new aws.ec2.RouteTable("ClosedRoutes", { vpcId: vpc.id, routes: [], tags });

const readsOfUploads = new aws.ec2.VpcEndpoint("ClosedS3", {
  vpcId: vpc.id,
  serviceName: $interpolate`com.amazonaws.${region}.s3`,
  vpcEndpointType: "Gateway",
  routeTableIds: [closedRoutes.id],
  policy: letThrough([{ actions: ["s3:GetObject"], resources: [$interpolate`${Uploads.arn}/*`] }]),
  tags,
});

const closedGroup = new aws.ec2.SecurityGroup("ClosedGroup", {
  vpcId: vpc.id,
  description: "What opens files: nothing in, S3 out",
  ingress: [],
  egress: [
    {
      ...{ protocol: "tcp", fromPort: 443, toPort: 443, description: "S3" },
      prefixListIds: [readsOfUploads.prefixListId],
    },
  ],
  tags,
});

export const closedNetwork = {
  privateSubnets: makeSubnets("Closed", 128, closedRoutes),
  securityGroups: [closedGroup.id],
};
