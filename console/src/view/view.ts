import { oneOf, textOf } from "../plain-search.ts";
import { parseAge } from "./age.ts";

/** What the watch page shows; all of it stands in the address, so that a copied address opens the same view. */
export interface View {
  /** What is searched for. */
  q?: string | undefined;
  state?: "anomalous" | undefined;
  /** The chosen series' id. */
  series?: string | undefined;
  /** Where the window begins: an age such as `-1h`, or a time. */
  from?: string | undefined;
  /** Where it ends, a time; without it the window ends now and follows. */
  to?: string | undefined;
}

/** A window of time, in milliseconds. */
export interface TimeWindow {
  fromMs: number;
  toMs: number;
  /** Whether the window ends now and follows. */
  live: boolean;
}

/** The window shown when the address names none. */
export const DEFAULT_FROM = "-1h";

const SERIES_ID = /^\d{1,20}$/;

/** Reads the view out of an address. What makes no sense is left out. */
export function parseView(search: Record<string, unknown>): View {
  const series = textOf(search, "series");
  const from = textOf(search, "from");
  const view: View = {
    q: textOf(search, "q"),
    state: oneOf(search, "state", ["anomalous"]),
    series: series && SERIES_ID.test(series) ? series : undefined,
  };
  if (from === undefined) return view;
  if (parseAge(from) !== undefined) return { ...view, from };
  const fromMs = Date.parse(from);
  const to = textOf(search, "to");
  const toMs = to === undefined ? undefined : Date.parse(to);
  if (Number.isNaN(fromMs)) return view;
  if (toMs === undefined) return { ...view, from };
  return toMs > fromMs ? { ...view, from, to } : view;
}

/** The window of time that a view shows at a moment. */
export function windowOf({ from = DEFAULT_FROM, to }: View, nowMs: number): TimeWindow {
  const age = parseAge(from);
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = age === undefined ? Date.parse(from) : nowMs - age;
  return { fromMs: Math.min(fromMs, toMs - 1), toMs, live: to === undefined };
}

/** A moment as an address holds it. */
export function addressTime(ms: number): string {
  return `${new Date(Math.round(ms)).toISOString().slice(0, 19)}Z`;
}
