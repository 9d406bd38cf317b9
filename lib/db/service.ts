import { Service } from "electrodb";
import { dynamodb } from "#lib/adapters/dynamodb.ts";
import { resources } from "#lib/adapters/resources.ts";
import { ApiKeyEntity } from "#lib/api-keys/api-key.entity.ts";
import { CallCountEntity } from "#lib/api-keys/call-count.entity.ts";
import { KeptAnswerEntity } from "#lib/api-keys/kept-answer.entity.ts";
import { ActivityEntity } from "#lib/deliveries/activity.entity.ts";
import { DeliveryEntity } from "#lib/deliveries/delivery.entity.ts";
import { DeviceLoginEntity } from "#lib/device-login/device-login.entity.ts";
import { DeviceStartEntity } from "#lib/device-login/device-start.entity.ts";
import { BegunEntity } from "#lib/downloads/begun.entity.ts";
import { TakingEntity } from "#lib/downloads/taking.entity.ts";
import { FileEntity } from "#lib/files/file.entity.ts";
import { LinkEntity } from "#lib/links/link.entity.ts";
import { MailEntity } from "#lib/mail/mail.entity.ts";
import { MemberEntity } from "#lib/members/member.entity.ts";
import { SessionEntity } from "#lib/members/session.entity.ts";
import { SignInEntity } from "#lib/members/sign-in.entity.ts";
import { QuotaEntity } from "#lib/transfers/quota.entity.ts";
import { TransferEntity } from "#lib/transfers/transfer.entity.ts";
import { WebhookMessageEntity } from "#lib/webhooks/message.entity.ts";
import { WebhookEntity } from "#lib/webhooks/webhook.entity.ts";
import { RunEntity } from "#lib/workflow/run.entity.ts";
import { StepEntity } from "#lib/workflow/step.entity.ts";
import { DeploymentEntity } from "#lib/workspaces/deployment.entity.ts";
import { WorkspaceEntity } from "#lib/workspaces/workspace.entity.ts";

export const entities = {
  deployment: DeploymentEntity,
  workspace: WorkspaceEntity,
  member: MemberEntity,
  session: SessionEntity,
  signIn: SignInEntity,
  apiKey: ApiKeyEntity,
  callCount: CallCountEntity,
  keptAnswer: KeptAnswerEntity,
  deviceLogin: DeviceLoginEntity,
  deviceStart: DeviceStartEntity,
  transfer: TransferEntity,
  quota: QuotaEntity,
  link: LinkEntity,
  file: FileEntity,
  taking: TakingEntity,
  begun: BegunEntity,
  run: RunEntity,
  step: StepEntity,
  delivery: DeliveryEntity,
  activity: ActivityEntity,
  mail: MailEntity,
  webhook: WebhookEntity,
  webhookMessage: WebhookMessageEntity,
};

const bind = () => new Service(entities, { client: dynamodb(), table: resources.table });
let service: ReturnType<typeof bind> | undefined;

/** The entities, bound to the one table; made on first use, since names come from the environment. */
export const db = (): ReturnType<typeof bind> => (service ??= bind());

/** What a transaction may write to. */
export type Writes = Parameters<Parameters<ReturnType<typeof db>["transaction"]["write"]>[0]>[0];
