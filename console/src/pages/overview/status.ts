import type { Anomaly, Overview } from "../../api/records.ts";

/** What the overview says first: whether anything is wrong, and since when. */
export type Status =
  | { tone: "wrong"; open: number; sinceMs: number | undefined }
  | { tone: "learning"; warming: number; series: number }
  | { tone: "waiting" }
  | { tone: "calm" };

/** Sums up the overview and the open anomalies. */
export function statusOf(overview: Overview, open: readonly Anomaly[]): Status {
  const count = Math.max(overview.anomalies_open, open.length);
  if (count > 0) return { tone: "wrong", open: count, sinceMs: earliest(open) };
  if (overview.series === 0) return { tone: "waiting" };
  if (overview.warming * 2 > overview.series)
    return { tone: "learning", warming: overview.warming, series: overview.series };
  return { tone: "calm" };
}

function earliest(open: readonly Anomaly[]): number | undefined {
  return open.length === 0 ? undefined : Math.min(...open.map(anomaly => Date.parse(anomaly.start)));
}
