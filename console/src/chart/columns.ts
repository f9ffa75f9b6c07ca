import type { SeriesWindow } from "../api/records.ts";
import type { Judged } from "../live/event.ts";

type Column = (number | null)[];

/** Aligned columns of samples and of the band around them, in order of time. */
export interface Columns {
  time_ms: number[];
  value: Column;
  expected: Column;
  lower: Column;
  upper: Column;
}

const NAMES = ["value", "expected", "lower", "upper"] as const;

/** Adds a judged sample at the end, and lets go of what is older than `fromMs`. A sample that is there already changes nothing. */
export function appendJudged(window: SeriesWindow, judged: Judged, fromMs: number): SeriesWindow {
  const last = window.time_ms.at(-1);
  if (last !== undefined && judged.time_ms <= last) return window;
  const added = { ...window, time_ms: [...window.time_ms, judged.time_ms] };
  for (const name of NAMES) added[name] = [...window[name], judged[name]];
  return dropBefore(added, fromMs);
}

/** Keeps samples that arrived live while `fresh` was on its way and that it does not have yet. */
export function keepNewer(shown: SeriesWindow | undefined, fresh: SeriesWindow): SeriesWindow {
  if (!shown || shown.series.id !== fresh.series.id) return fresh;
  const last = fresh.time_ms.at(-1) ?? Number.NEGATIVE_INFINITY;
  const first = shown.time_ms.findIndex(time => time > last);
  if (first === -1) return fresh;
  const kept = { ...fresh, time_ms: [...fresh.time_ms, ...shown.time_ms.slice(first)] };
  for (const name of NAMES) kept[name] = [...fresh[name], ...shown[name].slice(first)];
  return kept;
}

/** The newest sample that has a value, with its band. */
export function latest(
  columns: Columns,
): { timeMs: number; value: number; lower: number | null; upper: number | null } | undefined {
  for (let i = columns.time_ms.length - 1; i >= 0; i -= 1) {
    const value = columns.value[i];
    const timeMs = columns.time_ms[i];
    if (value === null || value === undefined || timeMs === undefined) continue;
    return { timeMs, value, lower: columns.lower[i] ?? null, upper: columns.upper[i] ?? null };
  }
  return undefined;
}

function dropBefore(window: SeriesWindow, fromMs: number): SeriesWindow {
  const first = window.time_ms.findIndex(time => time >= fromMs);
  if (first <= 0) return window;
  const kept = { ...window, time_ms: window.time_ms.slice(first) };
  for (const name of NAMES) kept[name] = window[name].slice(first);
  return kept;
}
