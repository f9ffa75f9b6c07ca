import type { Anomaly } from "../api/records.ts";

/** A stretch of time, in milliseconds; open at its end while it still goes on. */
export interface Span {
  startMs: number;
  endMs: number | undefined;
}

/** The stretch of time of an anomaly. */
export function spanOf(anomaly: Pick<Anomaly, "start" | "end">): Span {
  return { startMs: Date.parse(anomaly.start), endMs: anomaly.end ? Date.parse(anomaly.end) : undefined };
}

/** Whether a moment lies in a stretch of time, ends included. */
export function inSpan({ startMs, endMs }: Span, timeMs: number): boolean {
  return timeMs >= startMs && (endMs === undefined || timeMs <= endMs);
}

/** The part of a stretch of time that a window shows, or `undefined` when it shows none of it. */
export function visiblePart({ startMs, endMs }: Span, fromMs: number, toMs: number): [number, number] | undefined {
  const start = Math.max(startMs, fromMs);
  const end = Math.min(endMs ?? toMs, toMs);
  return start <= end ? [start, end] : undefined;
}

/** A window around an anomaly that shows what was before and after it, at least a quarter of an hour of each. */
export function windowAround({ startMs, endMs }: Span, nowMs: number): { fromMs: number; toMs: number | undefined } {
  const margin = Math.max(15 * 60_000, (endMs ?? nowMs) - startMs);
  const toMs = endMs === undefined ? undefined : endMs + margin;
  return { fromMs: startMs - margin, toMs: toMs !== undefined && toMs < nowMs ? toMs : undefined };
}
