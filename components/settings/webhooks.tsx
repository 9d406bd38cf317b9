"use client";
import { Webhook } from "lucide-react";
import { useState } from "react";
import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { WebhookState, WebhookView } from "#lib/webhooks/webhook.schema.ts";
import { NewWebhook, ShownSecret } from "./new-webhook.tsx";
import { useSaving } from "./use-saving.ts";
import type { WebhookActions } from "./webhook-actions.ts";
import { WebhookMessages } from "./webhook-messages.tsx";

const STATES: Record<WebhookState, { words: string; tone: BadgeTone }> = {
  active: { words: "Active", tone: "good" },
  failing: { words: "Failing", tone: "bad" },
  paused: { words: "Paused", tone: "plain" },
  gone: { words: "Gone", tone: "bad" },
};

type Open = { webhook: WebhookView; what: "messages" | "rotate" | "delete" } | { what: "new" };

/** URLs that are told of what happens to transfers: made, tried, looked at, paused and deleted. */
export function Webhooks({ webhooks, ...actions }: WebhookActions & { webhooks: WebhookView[] }) {
  const [open, setOpen] = useState<Open>();
  const [secret, setSecret] = useState<string>();
  const { busy, errors, save } = useSaving([]);
  const close = () => setOpen(undefined);
  const chosen = open && "webhook" in open ? open.webhook : undefined;

  async function rotate(id: string) {
    const change = async () => {
      const result = await actions.rotateWebhookSecret({ id });
      if (result.ok) setSecret(result.value.secret);
      return result;
    };
    await save(change, "It has a new secret");
    close();
  }

  async function remove(id: string) {
    await save(() => actions.deleteWebhook({ id }), "The webhook is deleted");
    close();
  }

  return (
    <section aria-labelledby="webhooks" className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 id="webhooks" className="font-semibold text-lg">
            Webhooks
          </h2>
          <p className="mt-1 text-pretty text-sm text-soft">
            Dormouse calls a URL of yours when something happens to a transfer. Each call is signed.
          </p>
        </div>
        <Button onClick={() => setOpen({ what: "new" })} icon={<Webhook className="size-4" aria-hidden />}>
          New webhook
        </Button>
      </div>
      {webhooks.length === 0 ? (
        <p className="mt-4 text-sm text-soft">There are none.</p>
      ) : (
        <ul className="mt-4 divide-y divide-line">
          {webhooks.map((webhook) => (
            <li key={webhook.id} className="py-3">
              <WebhookFacts webhook={webhook} />
              <div className="mt-2 flex flex-wrap gap-2">
                <Button onClick={() => setOpen({ webhook, what: "messages" })}>Messages</Button>
                <Button
                  disabled={webhook.state === "paused" || webhook.state === "gone"}
                  onClick={() => void save(() => actions.testWebhook({ id: webhook.id }), "A test is on its way")}
                >
                  Send test
                </Button>
                <PauseButton webhook={webhook} editWebhook={actions.editWebhook} />
                <Button onClick={() => setOpen({ webhook, what: "rotate" })}>New secret</Button>
                <Button aria-label={`Delete ${webhook.url}`} onClick={() => setOpen({ webhook, what: "delete" })}>
                  Delete
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {errors.form ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      {open?.what === "new" ? <NewWebhook createWebhook={actions.createWebhook} onClose={close} /> : null}
      {open?.what === "messages" && chosen ? <WebhookMessages webhook={chosen} onClose={close} {...actions} /> : null}
      {secret ? <ShownSecret title="The new secret" secret={secret} onClose={() => setSecret(undefined)} /> : null}
      <Confirm
        open={open?.what === "rotate"}
        onOpenChange={close}
        title="Make a new secret?"
        confirmLabel="New secret"
        busy={busy}
        onConfirm={() => chosen && void rotate(chosen.id)}
      >
        The old one signs as well for 24 hours. Until then the receiver needs the new one.
      </Confirm>
      <Confirm
        open={open?.what === "delete"}
        onOpenChange={close}
        title="Delete this webhook?"
        confirmLabel="Delete"
        busy={busy}
        onConfirm={() => chosen && void remove(chosen.id)}
      >
        Nothing more is sent to <bdi className="break-all">{chosen?.url}</bdi>, also of what waits. This can’t be taken
        back.
      </Confirm>
    </section>
  );
}

function PauseButton({ webhook, editWebhook }: { webhook: WebhookView } & Pick<WebhookActions, "editWebhook">) {
  const { busy, save } = useSaving([]);
  const off = webhook.state === "paused" || webhook.state === "gone";
  return (
    <Button
      busy={busy}
      onClick={() => void save(() => editWebhook({ id: webhook.id, enabled: off }), off ? "Resumed" : "Paused")}
    >
      {off ? "Resume" : "Pause"}
    </Button>
  );
}

function WebhookFacts({ webhook }: { webhook: WebhookView }) {
  const { url, description, events, state, failingSince, previousSecretUntil } = webhook;
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-2 font-medium">
        <bdi className="min-w-0 break-all">{url}</bdi>
        <Badge tone={STATES[state].tone}>{STATES[state].words}</Badge>
      </p>
      {description ? <p className="mt-1 break-words text-sm">{description}</p> : null}
      <p className="mt-1 flex flex-wrap gap-1">
        {events.map((event) => (
          <Badge key={event}>{event}</Badge>
        ))}
      </p>
      {state === "failing" && failingSince ? (
        <p className="mt-1 text-sm text-soft">
          A message failed at every attempt <LocalTime iso={failingSince} />, and none has arrived since.
        </p>
      ) : null}
      {state === "gone" ? (
        <p className="mt-1 text-sm text-soft">The receiver said that it is gone (410), so nothing is sent.</p>
      ) : null}
      {previousSecretUntil ? (
        <p className="mt-1 text-sm text-soft">
          The old secret signs as well until <LocalTime iso={previousSecretUntil} format="minute" />.
        </p>
      ) : null}
    </div>
  );
}
