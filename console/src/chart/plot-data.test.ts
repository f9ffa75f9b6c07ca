import { expect, test } from "vitest";
import type { Columns } from "./columns.ts";
import { plotData, usualStep } from "./plot-data.ts";

const columns = (value: (number | null)[], step = 10): Columns => ({
  time_ms: value.map((_, i) => i * step),
  value,
  expected: value.map(() => 5),
  lower: value.map(() => 4),
  upper: value.map(() => 6),
});

test("counts samples and those with a band", () => {
  const warming = { ...columns([5, 5, 5]), lower: [null, null, 4], upper: [null, null, 6] };
  expect(plotData(warming, [])).toMatchObject({ points: 3, bandPoints: 1 });
});

test("leaves out steps without a sample, and draws no line over a long pause", () => {
  const sparse: Columns = {
    time_ms: [0, 10, 20, 30, 100, 110],
    value: [1, 2, null, 3, 4, 5],
    expected: [],
    lower: [],
    upper: [],
  };
  const { columns: drawn, points } = plotData(sparse, []);
  expect(drawn[0]).toEqual([0, 10, 30, 40, 100, 110]);
  expect(drawn[4]).toEqual([1, 2, 3, null, 4, 5]);
  expect(points).toBe(5);
});

test("marks only what is outside its band during an anomaly", () => {
  const { columns: drawn } = plotData(columns([9, 5, 9, 3, 9]), [{ startMs: 20, endMs: 30 }]);
  expect(drawn[5]).toEqual([null, null, 9, 3, null]);
});

test("what is no number is not drawn", () => {
  expect(plotData(columns([1, Number.NaN, 3]), []).columns[4]).toEqual([1, null, 3]);
});

test("the usual step is the middle one", () => {
  expect(usualStep([0, 10, 20, 500])).toBe(10);
  expect(usualStep([7])).toBe(0);
});
