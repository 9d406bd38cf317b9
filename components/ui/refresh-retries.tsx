"use client";
import { useEffect } from "react";
import { retryRefreshes } from "./retry-refreshes.ts";

/** While it is drawn, no refresh of the page that fails takes anybody elsewhere. */
export function RefreshRetries() {
  useEffect(() => retryRefreshes(window), []);
  return null;
}
