"use client";
import { RefreshCw } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog, DialogActions } from "#components/ui/dialog.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { MessageState, MessageView, WebhookView } from "#lib/webhooks/webhook.schema.ts";
import { useSaving } from "./use-saving.ts";
import type { WebhookActions } from "./webhook-actions.ts";

const STATES: Record<MessageState, { words: string; tone: BadgeTone }> = {
  waiting: { words: "Waiting", tone: "moon" },
  trying: { words: "Will be tried again", tone: "moon" },
  delivered: { words: "Delivered", tone: "good" },
  failed: { words: "Failed", tone: "bad" },
};

type Props = Pick<WebhookActions, "listWebhookMessages" | "resendWebhookMessage"> & {
  webhook: WebhookView;
  onClose: () => void;
};

/** What was sent to a webhook lately, each with its attempts, and a way to send it once more. */
export function WebhookMessages({ webhook, onClose, listWebhookMessages, resendWebhookMessage }: Props) {
  const [messages, setMessages] = useState<MessageView[]>();
  const [problem, setProblem] = useState<string>();
  const { errors, save } = useSaving([]);
  const load = useCallback(async () => {
    const result = await listWebhookMessages({ id: webhook.id }).catch(() => undefined);
    if (result?.ok) setMessages(result.value.items);
    setProblem(result?.ok ? undefined : (result?.error.message ?? "The server could not be reached; try again."));
  }, [listWebhookMessages, webhook.id]);
  useEffect(() => void load(), [load]);

  async function resend({ id }: MessageView) {
    await save(() => resendWebhookMessage({ webhookId: webhook.id, id }), "It is sent once more");
    await load();
  }
  const wrong = problem ?? errors.form;

  return (
    <Dialog open onOpenChange={onClose} title="Messages" description={<bdi className="break-all">{webhook.url}</bdi>}>
      {messages?.length === 0 ? <p className="text-sm text-soft">Nothing was sent in the last 30 days.</p> : null}
      <ul className="divide-y divide-line">
        {messages?.map((message) => (
          <li key={message.id} className="py-3">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <p className="flex flex-wrap items-center gap-2 text-sm">
                <code>{message.type}</code>
                <Badge tone={STATES[message.state].tone}>{STATES[message.state].words}</Badge>
              </p>
              {message.state === "waiting" ? null : (
                <Button aria-label={`Send ${message.type} once more`} onClick={() => void resend(message)}>
                  Resend
                </Button>
              )}
            </div>
            <Attempts message={message} />
          </li>
        ))}
      </ul>
      {wrong ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {wrong}
        </p>
      ) : null}
      <DialogActions>
        <Button onClick={() => void load()} icon={<RefreshCw className="size-4" aria-hidden />}>
          Look again
        </Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Attempts({ message: { attempts, nextAttemptAt } }: { message: MessageView }) {
  return (
    <ol className="mt-1 flex flex-col gap-1 text-soft text-xs">
      {attempts.map(({ at, ms, status, error }) => (
        <li key={at} className="break-words">
          <LocalTime iso={at} format="minute" />: {status ?? "no answer"} after {ms} ms
          {error ? <span className="block text-bad">{error}</span> : null}
        </li>
      ))}
      {nextAttemptAt ? (
        <li>
          Next attempt <LocalTime iso={nextAttemptAt} />
        </li>
      ) : null}
    </ol>
  );
}
