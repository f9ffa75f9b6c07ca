import type { Anomaly } from "../api/records.ts";
import { spanOf, windowAround } from "../chart/span.ts";
import { addressTime, type View } from "../view/view.ts";

/** The view of an anomaly's series with what was before and after it. */
export function viewAround(anomaly: Anomaly, nowMs: number): View {
  const { fromMs, toMs } = windowAround(spanOf(anomaly), nowMs);
  return { series: anomaly.series, from: addressTime(fromMs), to: toMs === undefined ? undefined : addressTime(toMs) };
}
