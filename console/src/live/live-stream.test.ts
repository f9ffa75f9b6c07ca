import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { eventsPath, parseEvent } from "./event.ts";
import { LiveStream, type Source } from "./live-stream.ts";

class FakeSource implements Source {
  onopen: Source["onopen"] = null;
  onerror: Source["onerror"] = null;
  closed = false;
  readonly path: string;
  readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(path: string) {
    this.path = path;
  }

  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(kind, listener);
  }

  close(): void {
    this.closed = true;
  }

  say(key: string): void {
    const data = JSON.stringify({ kind: "SampleJudged", time: "", key, data: { series: key } });
    this.listeners.get("SampleJudged")?.({ data } as MessageEvent<string>);
  }
}

let sources: FakeSource[];
const resumed = vi.fn();
const opened = () => sources.at(-1) as FakeSource;
const event = {} as Event;

function stream(): LiveStream {
  return new LiveStream({
    kinds: ["SampleJudged"],
    keyed: true,
    open: path => {
      const source = new FakeSource(path);
      sources.push(source);
      return source;
    },
    random: () => 0.5,
    onResumed: resumed,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  sources = [];
  resumed.mockClear();
});

afterEach(() => {
  vi.useRealTimers();
});

test("subscriptions that come together share one connection, and each hears its own key", () => {
  const live = stream();
  const a = vi.fn();
  const b = vi.fn();
  live.subscribe(a, "a");
  live.subscribe(b, "b");
  vi.advanceTimersByTime(50);
  expect(sources).toHaveLength(1);
  expect(opened().path).toBe("/api/v1/events?kind=SampleJudged&key=a&key=b");
  opened().onopen?.(event);
  opened().say("a");
  expect(a).toHaveBeenCalledOnce();
  expect(b).not.toHaveBeenCalled();
  expect(live.state).toBe("live");
});

test("the last one to leave closes the connection", () => {
  const live = stream();
  const stop = live.subscribe(vi.fn(), "a");
  vi.advanceTimersByTime(50);
  stop();
  vi.advanceTimersByTime(50);
  expect(opened().closed).toBe(true);
  expect(live.state).toBe("off");
});

test("a lost connection comes back with growing pauses, and what was missed is read again", () => {
  const live = stream();
  live.subscribe(vi.fn(), "a");
  vi.advanceTimersByTime(50);
  opened().onopen?.(event);
  opened().onerror?.(event);
  expect(live.state).toBe("reconnecting");
  vi.advanceTimersByTime(999);
  expect(sources).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(sources).toHaveLength(2);
  opened().onerror?.(event);
  vi.advanceTimersByTime(1_999);
  expect(sources).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(sources).toHaveLength(3);
  expect(resumed).not.toHaveBeenCalled();
  opened().onopen?.(event);
  expect(live.state).toBe("live");
  expect(resumed).toHaveBeenCalledOnce();
});

test("a key that joins while the connection is lost is part of the next one", () => {
  const live = stream();
  live.subscribe(vi.fn(), "a");
  vi.advanceTimersByTime(50);
  opened().onerror?.(event);
  live.subscribe(vi.fn(), "b");
  vi.advanceTimersByTime(1_000);
  expect(opened().path).toContain("key=b");
});

test("a hidden page holds no connection", () => {
  const live = stream();
  live.subscribe(vi.fn(), "a");
  vi.advanceTimersByTime(50);
  live.pause();
  expect(opened().closed).toBe(true);
  live.resume();
  vi.advanceTimersByTime(50);
  expect(sources).toHaveLength(2);
  expect(resumed).toHaveBeenCalledOnce();
});

test("a message that is none is left out", () => {
  expect(parseEvent("SampleJudged", "nonsense")).toBeUndefined();
  expect(parseEvent("SampleJudged", '{"key":"a","data":null}')).toBeUndefined();
  expect(eventsPath(["AnomalyOpened", "AnomalyClosed"], [])).toBe(
    "/api/v1/events?kind=AnomalyOpened&kind=AnomalyClosed",
  );
});
