import { oneOf } from "../../plain-search.ts";

/** How far back the list can reach. */
export const SINCE = ["-1h", "-24h", "-7d", "-30d"] as const;

/** Which anomalies are listed; stands in the address. */
export interface AnomalySearch {
  show?: "open" | undefined;
  since?: (typeof SINCE)[number] | undefined;
}

/** Reads the list's choice out of an address. */
export function parseAnomalySearch(search: Record<string, unknown>): AnomalySearch {
  return { show: oneOf(search, "show", ["open"]), since: oneOf(search, "since", SINCE) };
}
