import type { Columns } from "./columns.ts";
import { inSpan, type Span } from "./span.ts";

type Column = (number | null)[];

/** What is drawn: `[time, lower, upper, expected, value, marked]`, with holes where samples are missing. */
export interface PlotData {
  columns: [number[], Column, Column, Column, Column, Column];
  /** Samples that have a value. */
  points: number;
  /** Samples that have a band. */
  bandPoints: number;
}

/** A pause this many times longer than usual is a hole, and no line is drawn across it. */
const HOLE = 3.5;

/** Turns columns as the server sends them into what is drawn. */
export function plotData(columns: Columns, spans: readonly Span[]): PlotData {
  const rows = columns.time_ms.flatMap((_, i) => (isEmpty(columns, i) ? [] : [i]));
  const usual = usualStep(rows.map(i => columns.time_ms[i] ?? 0));
  const drawn: PlotData = { columns: [[], [], [], [], [], []], points: 0, bandPoints: 0 };
  const [times, lowers, uppers, expecteds, values, marks] = drawn.columns;
  const push = (
    time: number,
    lower: number | null,
    upper: number | null,
    expected: number | null,
    value: number | null,
  ) => {
    times.push(time);
    lowers.push(lower);
    uppers.push(upper);
    expecteds.push(expected);
    values.push(value);
    const outside = value !== null && ((lower !== null && value < lower) || (upper !== null && value > upper));
    marks.push(outside && spans.some(span => inSpan(span, time)) ? value : null);
    if (value !== null) drawn.points += 1;
    if (lower !== null && upper !== null) drawn.bandPoints += 1;
  };
  let before: number | undefined;
  for (const i of rows) {
    const time = columns.time_ms[i] ?? 0;
    if (before !== undefined && time - before > usual * HOLE) push(before + usual, null, null, null, null);
    push(time, at(columns.lower, i), at(columns.upper, i), at(columns.expected, i), at(columns.value, i));
    before = time;
  }
  return drawn;
}

/** The middle one of the pauses between samples, in the unit of `times`. */
export function usualStep(times: readonly number[]): number {
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor((steps.length - 1) / 2)] ?? 0;
}

function isEmpty(columns: Columns, i: number): boolean {
  return at(columns.value, i) === null && at(columns.lower, i) === null && at(columns.upper, i) === null;
}

/** A number that can be drawn, or `null`. */
function at(column: Column, i: number): number | null {
  const value = column[i];
  return value !== undefined && value !== null && Number.isFinite(value) ? value : null;
}
