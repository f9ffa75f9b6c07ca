const SHORTEST_MS = 5 * 60_000;
const LONGEST_MS = 30 * 60_000;

/** The window of a small chart: half an hour, but while Maru is young no longer than there is something to see. */
export function headlineWindow(firstMs: number | undefined, nowMs: number): { fromMs: number; toMs: number } {
  const age = firstMs === undefined ? SHORTEST_MS : nowMs - firstMs;
  return { fromMs: nowMs - Math.min(Math.max(age, SHORTEST_MS), LONGEST_MS), toMs: nowMs };
}
