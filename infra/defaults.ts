/** Mends what SST's components decide by themselves; imported first, since it concerns what is made afterwards. */

// A link carries the name alone; what a function may do is said where the function is, call by call.
sst.Linkable.wrap(sst.aws.Dynamo, ({ name }) => ({ properties: { name }, include: [] }));
sst.Linkable.wrap(sst.aws.Bucket, ({ name }) => ({ properties: { name }, include: [] }));

// The signer at the edge may not log: its log groups would appear in every region, and be kept for ever.
$transform(aws.iam.Role, (role, _options, name) => {
  if (name === "WebEdgeFunctionRole") role.managedPolicyArns = [];
});

// CloudFront lets go of the signer's copies late: a removal waits for a while before it gives up.
$transform(aws.lambda.Function, (_function, options, name) => {
  if (name === "WebEdgeFunction") options.customTimeouts = { delete: "30m" };
});

// The site's build would take the deployer's whole environment, credentials included, into the kept state.
const KEPT = /^(PATH|HOME|TMPDIR|LANG|NODE_EXTRA_CA_CERTS|NEXT_TELEMETRY_DISABLED|SST|SST_RESOURCE_\w+)$/;
$util.runtime.registerStackTransformation(({ type, props, opts }) => {
  if (type !== "command:local:Command") return undefined;
  const environment = $util
    .output(props.environment as Record<string, string>)
    .apply((all) => Object.fromEntries(Object.entries(all).filter(([name]) => KEPT.test(name))));
  return { props: { ...props, environment }, opts };
});

export {};
