"use client";
import { useEffect } from "react";
import { makeRefreshesPatient } from "./patient-fetch.ts";

/** While it is drawn, no refresh of the page that fails takes anybody elsewhere. */
export function PatientRefreshes() {
  useEffect(() => makeRefreshesPatient(window), []);
  return null;
}
