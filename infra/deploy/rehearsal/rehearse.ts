/**
 * A first deployment, a second stage and their removal, by our own commands and SST's own program, as far as they go
 * without AWS: where Pulumi would make resources, a stand-in says that it has.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requirePlatform } from "../../check/platform.ts";
import { type AwsStandIn, startAwsStandIn } from "./aws-stand-in.ts";
import { type Ran, type Stage, setStage } from "./stage.ts";

/** A sentence of what went otherwise than it should. */
export class RehearsalFailed extends Error {}

type Change = [file: string, now: string, then: string];

/** What has gone wrong before, as changes of our own files that bring it back. */
export const FAULTS: Record<string, Change[]> = {
  "an empty list of secrets is taken for a failure": [
    ["infra/deploy/sst.ts", "if (code === 0 || nothing?.test(text()))", "if (code === 0)"],
  ],
  "SST is kept from looking for Pulumi": [
    ["infra/deploy/sst.ts", "...SST_SETTINGS,", '...SST_SETTINGS, SST_SKIP_DEPENDENCY_CHECK: "1",'],
  ],
  "the role of a machine is hidden from SST": [
    ["infra/deploy/sst.ts", "...SST_SETTINGS,", '...SST_SETTINGS, AWS_EC2_METADATA_DISABLED: "true",'],
  ],
  "a stage's site is taken from whichever was deployed last": [
    ["infra/deploy/deploy.ts", 'values["sign-in"] ? rememberedUrl() : deployedUrl()', "deployedUrl()"],
    ["infra/deploy/deploy.ts", "outputs.stage !== stage || ", ""],
  ],
};

/** Throws RehearsalFailed. `tell` is given a line for each step that went as it should. */
export async function rehearse(
  project: string,
  { tell, fault }: { tell: (line: string) => void; fault?: string },
): Promise<void> {
  const platform = await requirePlatform(project);
  const aws = await startAwsStandIn();
  const stage = setStage(project, platform, aws, (copy) => {
    for (const change of fault ? (FAULTS[fault] ?? []) : []) {
      writeFileSync(join(copy, change[0]), putBack(copy, change));
    }
  });
  try {
    await play(stage, aws, tell);
  } finally {
    aws.close();
    stage.strike();
  }
}

/** The file's text with the fault in it. */
export function putBack(project: string, [file, now, then]: Change): string {
  const text = readFileSync(join(project, file), "utf8");
  if (!text.includes(now)) throw new Error(`${file} is written otherwise by now: there is no ${now}`);
  return text.replace(now, then);
}

async function play(stage: Stage, aws: AwsStandIn, tell: (line: string) => void): Promise<void> {
  const secrets = () => [...aws.objects.keys()].filter((path) => path.includes("/secret/"));
  const states = () => [...aws.objects.keys()].filter((path) => path.includes("/app/"));

  const bare = await stage.run(["deploy", "--stage", "ada"]);
  must(bare.code !== 0 && aws.wanted.includes("github.com:443"), "in an empty HOME SST fetches Pulumi", bare);
  const [, version] = /pulumi-(v[\d.]+)-/.exec(bare.said) ?? [];
  must(version && /Pulumi[^\n]*github\.com/.test(bare.said), "a person is told that it could not be fetched", bare);
  must(secrets().length === 0, "nothing is kept before that", bare);
  tell(`an empty HOME: SST wants Pulumi ${version} from github.com, and the command says so`);

  stage.installPulumi(version ?? "");
  const first = await stage.run(["deploy", "--stage", "ada"]);
  must(first.code === 0, "the first deployment of an empty stage goes through", first);
  const [{ secret: noted = "" } = {}] = stage.notes().filter(({ word }) => word === "up");
  must(secrets().length === 1 && noted, "the secret is made, kept with the stage, and handed to Pulumi", first);
  must(
    stage.notes().every(({ passphrase }) => passphrase),
    "Pulumi is given the stage's passphrase",
    first,
  );
  must(opens(first, "ada"), "the link opens that stage's site", first);
  tell("an empty stage: no secrets yet, one is made, and Pulumi is started with it: the site would be made now");

  const second = await stage.run(["deploy", "--stage", "bob"]);
  must(second.code === 0 && opens(second, "bob"), "a second stage is deployed from the same folder", second);
  const ups = stage.notes().filter(({ word }) => word === "up");
  must(ups[1]?.secret && ups[1].secret !== noted, "it has a secret of its own", second);
  const link = await stage.run(["deploy", "--stage", "ada", "--sign-in"]);
  must(link.code === 0 && opens(link, "ada"), "a fresh link opens its own stage's site", link);
  const [adas, bobs] = [first, second].map(tokenOf);
  must(adas && bobs && adas !== bobs, "links differ", link);
  tell("two stages in one folder: each has its own secret, and each link opens its own site");

  const again = await stage.run(["deploy", "--stage", "ada"]);
  const last = stage.notes().at(-1);
  must(again.code === 0 && last?.word === "up" && last.secret === noted, "an update keeps the secret", again);
  must(!tokenOf(again) && /--sign-in/.test(again.said), "an update says how to sign in", again);
  tell("an update: the same secret");

  const removed = await stage.run(["remove", "--stage", "ada", "--yes"]);
  must(removed.code === 0 && stage.notes().at(-1)?.word === "destroy", "a stage is removed", removed);
  must(only(states(), "bob") && only(secrets(), "bob"), "of a removed stage nothing is left, of others all", removed);
  const gone = await stage.run(["deploy", "--stage", "ada", "--sign-in"]);
  must(gone.code !== 0 && /has not been deployed/.test(gone.said), "a removed stage has no link", gone);
  tell("removal: its state and its secret are gone, the other stage's are there");

  const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  const role = { ...noKeys, AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url };
  const byRole = await stage.run(["remove", "--stage", "bob", "--yes"], role);
  const { word, key } = stage.notes().at(-1) ?? {};
  must(aws.roleWasAsked() && byRole.code === 0, "a machine's own role suffices", byRole);
  must(word === "destroy" && key === "ASIAREHEARSAL" && states().length === 0, "Pulumi has that role's keys", byRole);
  tell("a machine on EC2: its role suffices, here for the removal of the second stage");

  must(aws.unknown.length === 0, `AWS is asked nothing that the stand-in does not know (${aws.unknown.join(", ")})`);
  const outside = [...new Set(aws.wanted)].filter((host) => host !== "github.com:443");
  must(outside.length === 0, `nothing else is wanted of the network (${outside.join(", ")})`);
  must(stage.left().length === 0, `no files are left in the project that git would show (${stage.left().join(", ")})`);
  tell("the project's folder is as it was, and AWS was asked nothing unknown");
}

function must(holds: unknown, what: string, ran?: Ran): void {
  if (!holds)
    throw new RehearsalFailed(`Not so: ${what}.${ran ? `\nThe command ended with ${ran.code}:\n${ran.said}` : ""}`);
}

const tokenOf = ({ said }: Ran): string | undefined => /\/welcome\/(\S+)/.exec(said)?.[1];
const opens = (ran: Ran, stage: string): boolean => ran.said.includes(`https://${stage}.rehearsal.example/welcome/`);
const only = (paths: string[], stage: string): boolean =>
  paths.length > 0 && paths.every((path) => path.includes(stage));
