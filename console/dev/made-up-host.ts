import type { Anomaly, Overview, Series, SeriesWindow } from "../src/api/records.ts";
import type { Judged } from "../src/live/event.ts";
import { HEADLINES, type MadeUp, SERIES, sampleAt } from "./made-up-series.ts";

/** How the made-up host is: something is wrong, nothing is, Maru has just started, or nothing arrived yet. */
export type Scenario = "wrong" | "calm" | "learning" | "empty";

const EVERY_MS = 5_000;
const KEPT_MS = 3 * 86_400_000;

/** A host that was never there. Its past is worked out from the clock, so nothing is stored. */
export class MadeUpHost {
  scenario: Scenario = "wrong";
  readonly startedMs = Date.now();

  series(): readonly MadeUp[] {
    return this.scenario === "empty" ? [] : SERIES;
  }

  find(id: string): MadeUp | undefined {
    return this.series().find(one => one.id === id);
  }

  describe(one: MadeUp, nowMs: number): Series {
    const sample = this.#sample(one, nowMs);
    const warming = this.scenario === "learning";
    return {
      id: one.id,
      name: one.name,
      labels: one.labels,
      resource: "host/devbox",
      unit: one.unit,
      kind: one.kind,
      state: warming ? "warming" : sample.astray ? "anomalous" : "normal",
      last_time: new Date(nowMs).toISOString(),
      last_value: sample.value,
    };
  }

  read(one: MadeUp, fromMs: number, toMs: number, points: number, nowMs: number): SeriesWindow {
    const known = this.scenario === "learning" ? this.startedMs - 90_000 : nowMs - KEPT_MS;
    const step = Math.max(EVERY_MS, Math.ceil((toMs - fromMs) / points / EVERY_MS) * EVERY_MS);
    const window: SeriesWindow = {
      series: this.describe(one, nowMs),
      time_ms: [],
      value: [],
      expected: [],
      lower: [],
      upper: [],
      anomalies: this.anomalies(nowMs).filter(
        ({ series, start, end }) =>
          series === one.id && Date.parse(start) <= toMs && (!end || Date.parse(end) >= fromMs),
      ),
    };
    for (let at = Math.ceil(Math.max(fromMs, known) / step) * step; at <= Math.min(toMs, nowMs); at += step) {
      const sample = this.#sample(one, at);
      const warming = this.scenario === "learning";
      window.time_ms.push(at);
      window.value.push(sample.value);
      window.expected.push(warming ? null : sample.expected);
      window.lower.push(warming ? null : sample.lower);
      window.upper.push(warming ? null : sample.upper);
    }
    return window;
  }

  judge(one: MadeUp, nowMs: number): Judged {
    const sample = this.#sample(one, nowMs);
    const warming = this.scenario === "learning";
    const band = warming ? { expected: null, lower: null, upper: null } : sample;
    return {
      series: one.id,
      time_ms: Math.floor(nowMs / EVERY_MS) * EVERY_MS,
      value: sample.value,
      expected: band.expected,
      lower: band.lower,
      upper: band.upper,
      score: warming ? null : sample.astray ? 0.94 : 0.08,
      warming,
    };
  }

  anomalies(nowMs: number): Anomaly[] {
    if (this.scenario === "learning" || this.scenario === "empty") return [];
    const found = this.series().flatMap(one =>
      one.trouble.flatMap((trouble, i): Anomaly[] => {
        if (this.scenario === "calm" && trouble.lasted === undefined) return [];
        const begin = this.startedMs - trouble.began * 1_000;
        const end = trouble.lasted === undefined ? undefined : begin + trouble.lasted * 1_000;
        const sample = sampleAt(one, begin, this.startedMs);
        return [
          {
            id: `${one.id.slice(0, 8)}-${i}`,
            series: one.id,
            name: one.name,
            labels: one.labels,
            resource: "host/devbox",
            start: new Date(begin).toISOString(),
            end: end === undefined || end > nowMs ? null : new Date(end).toISOString(),
            direction: trouble.by > 0 ? "above" : "below",
            expected: sample.expected,
            lower: sample.lower,
            upper: sample.upper,
            actual: sample.expected + trouble.by,
            score: 0.7 + (one.seed % 30) / 100,
          },
        ];
      }),
    );
    return found.sort((a, b) => Date.parse(b.start) - Date.parse(a.start));
  }

  overview(nowMs: number): Overview {
    const series = this.series().length;
    return {
      host: "devbox",
      version: "0.1.0",
      started: new Date(
        this.scenario === "learning" ? this.startedMs - 90_000 : this.startedMs - 2.2 * 86_400_000,
      ).toISOString(),
      series,
      samples_total: Math.round(
        ((nowMs - this.startedMs) / EVERY_MS) * series + (this.scenario === "learning" ? 1_900 : 3_812_540),
      ),
      samples_per_second: series / (EVERY_MS / 1_000),
      anomalies_open: this.anomalies(nowMs).filter(anomaly => !anomaly.end).length,
      warming: this.scenario === "learning" ? series : 3,
      headline:
        series === 0
          ? []
          : HEADLINES.map(([title, one]) => ({ title, series: one.id, name: one.name, unit: one.unit })),
    };
  }

  #sample(one: MadeUp, timeMs: number) {
    const at = Math.floor(timeMs / EVERY_MS) * EVERY_MS;
    const calm =
      this.scenario === "wrong"
        ? one
        : { ...one, trouble: one.trouble.filter(trouble => trouble.lasted !== undefined) };
    return sampleAt(calm, at, this.startedMs);
  }
}
