import { expect, test } from "vitest";
import type { SeriesWindow } from "../api/records.ts";
import type { Judged } from "../live/event.ts";
import { appendJudged, keepNewer, latest } from "./columns.ts";

const series: SeriesWindow["series"] = {
  id: "a",
  name: "a",
  labels: {},
  resource: "r",
  kind: "gauge",
  state: "normal",
};

const windowOf = (times: number[]): SeriesWindow => ({
  series,
  time_ms: times,
  value: times.map(time => time / 10),
  expected: times.map(() => 1),
  lower: times.map(() => 0),
  upper: times.map(() => 2),
  anomalies: [],
});

const judged = (time_ms: number): Judged => ({
  series: "a",
  time_ms,
  value: 7,
  expected: 1,
  lower: 0,
  upper: 2,
  score: 0.1,
  warming: false,
});

test("a live sample goes to the end, and what is too old goes", () => {
  const shown = appendJudged(windowOf([10, 20, 30]), judged(40), 20);
  expect(shown.time_ms).toEqual([20, 30, 40]);
  expect(shown.value).toEqual([2, 3, 7]);
  expect(shown.upper).toHaveLength(3);
});

test("a sample that is there already changes nothing", () => {
  const shown = windowOf([10, 20]);
  expect(appendJudged(shown, judged(20), 0)).toBe(shown);
});

test("what arrived live while a fresh window was on its way is kept", () => {
  expect(keepNewer(windowOf([10, 20, 30, 40]), windowOf([15, 30])).time_ms).toEqual([15, 30, 40]);
  expect(keepNewer(undefined, windowOf([1])).time_ms).toEqual([1]);
  const other = { ...windowOf([99]), series: { ...series, id: "b" } };
  expect(keepNewer(other, windowOf([1])).time_ms).toEqual([1]);
});

test("the newest sample is the last one with a value", () => {
  expect(latest({ ...windowOf([10, 20]), value: [1, null] })).toMatchObject({ timeMs: 10, value: 1 });
  expect(latest(windowOf([]))).toBeUndefined();
});
