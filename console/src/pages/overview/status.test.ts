import { expect, test } from "vitest";
import type { Anomaly, Overview } from "../../api/records.ts";
import { headlineWindow } from "./headline-window.ts";
import { statusOf } from "./status.ts";

const overview: Overview = {
  host: "nest",
  version: "0.1.0",
  started: "2026-03-14T12:00:00Z",
  series: 10,
  samples_total: 1,
  samples_per_second: 1,
  anomalies_open: 0,
  warming: 0,
  headline: [],
};

test("an open anomaly is told before everything else, since the earliest", () => {
  const open = ["2026-03-14T12:10:00Z", "2026-03-14T12:05:00Z"].map(start => ({ start })) as Anomaly[];
  expect(statusOf({ ...overview, anomalies_open: 2, warming: 9 }, open)).toEqual({
    tone: "wrong",
    open: 2,
    sinceMs: Date.parse("2026-03-14T12:05:00Z"),
  });
});

test("while most series warm up, Maru is learning", () => {
  expect(statusOf({ ...overview, warming: 9 }, []).tone).toBe("learning");
  expect(statusOf({ ...overview, warming: 2 }, []).tone).toBe("calm");
  expect(statusOf({ ...overview, series: 0 }, []).tone).toBe("waiting");
});

test("a small chart is no wider than there is something to see", () => {
  const now = 10_000_000;
  expect(headlineWindow(now - 60_000, now)).toEqual({ fromMs: now - 300_000, toMs: now });
  expect(headlineWindow(now - 600_000, now)).toEqual({ fromMs: now - 600_000, toMs: now });
  expect(headlineWindow(undefined, now)).toEqual({ fromMs: now - 300_000, toMs: now });
});
