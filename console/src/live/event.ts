import type { Anomaly } from "../api/records.ts";

/** One sample with the band it was judged by. A counter's values are per-second rates. */
export interface Judged {
  series: string;
  time_ms: number;
  value: number;
  expected: number | null;
  lower: number | null;
  upper: number | null;
  score: number | null;
  warming: boolean;
}

/** What each kind of event carries. */
export interface EventData {
  SampleJudged: Judged;
  AnomalyOpened: Anomaly;
  AnomalyClosed: Anomaly;
}

export type EventKind = keyof EventData;

/** One message of the event stream. */
export type LiveEvent = {
  [Kind in EventKind]: { kind: Kind; time: string; key: string; data: EventData[Kind] };
}[EventKind];

/** Reads one message; `undefined` when it is not one the console knows. */
export function parseEvent(kind: EventKind, text: string): LiveEvent | undefined {
  try {
    const message = JSON.parse(text) as { time: string; key: string; data: unknown };
    if (typeof message.key !== "string" || typeof message.data !== "object" || message.data === null) return undefined;
    return { kind, time: message.time, key: message.key, data: message.data } as LiveEvent;
  } catch {
    return undefined;
  }
}

/** The address of the stream of these kinds, of these keys only when any are given. */
export function eventsPath(kinds: readonly EventKind[], keys: readonly string[]): string {
  const query = new URLSearchParams();
  for (const kind of kinds) query.append("kind", kind);
  for (const key of [...keys].sort()) query.append("key", key);
  return `/api/v1/events?${query}`;
}
