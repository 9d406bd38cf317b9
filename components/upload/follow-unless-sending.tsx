"use client";
import { Follow } from "#components/ui/follow.tsx";
import { isUnfinished, useUploads } from "./use-uploads.ts";

/**
 * Follows what is about to change, but not while this tab sends: the page of somebody whose session has ended leads to the
 * welcome page, and sending would be left behind. Then it is read anew only after the app has answered the sender.
 */
export function FollowUnlessSending() {
  return useUploads().transfers.some(isUnfinished) ? null : <Follow />;
}
