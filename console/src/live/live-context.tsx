import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Judged } from "./event.ts";
import { type LiveState, LiveStream, type Source } from "./live-stream.ts";

interface Live {
  samples: LiveStream;
  anomalies: LiveStream;
}

const LiveContext = createContext<Live | null>(null);

const openSource = (path: string): Source => new EventSource(path) as unknown as Source;

/** Holds the page's live connections; lets go of them while the page is hidden. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const live = useMemo<Live>(() => {
    const shared = { open: openSource, random: Math.random };
    return {
      samples: new LiveStream({
        ...shared,
        kinds: ["SampleJudged"],
        keyed: true,
        onResumed: () => void queries.invalidateQueries({ queryKey: ["series.read"] }),
      }),
      anomalies: new LiveStream({
        ...shared,
        kinds: ["AnomalyOpened", "AnomalyClosed"],
        keyed: false,
        onResumed: () => void queries.invalidateQueries({ predicate: query => query.queryKey[0] !== "session" }),
      }),
    };
  }, [queries]);

  useEffect(() => {
    const follow = () => {
      for (const stream of [live.samples, live.anomalies]) document.hidden ? stream.pause() : stream.resume();
    };
    const stop = live.anomalies.subscribe(() => {
      for (const operation of ["anomaly.list", "watch.overview", "series.list", "series.read"]) {
        void queries.invalidateQueries({ queryKey: [operation] });
      }
    });
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stop();
    };
  }, [live, queries]);

  return <LiveContext value={live}>{children}</LiveContext>;
}

/** The state of the live connections together: the worse of the two. */
export function useLiveState(): LiveState {
  const live = useLive();
  const samples = useStreamState(live.samples);
  const anomalies = useStreamState(live.anomalies);
  if (samples === "reconnecting" || anomalies === "reconnecting") return "reconnecting";
  return anomalies;
}

/** How often to ask again, in milliseconds: seldom while events come in, often while they do not. */
export function usePolling(whenLive: number, whenLost = 5_000): number {
  return useLiveState() === "reconnecting" ? whenLost : whenLive;
}

/** Hands over each sample of a series as it is judged. */
export function useJudgedSamples(series: string | undefined, onJudged: (judged: Judged) => void): void {
  const { samples } = useLive();
  const latest = useRef(onJudged);
  useEffect(() => {
    latest.current = onJudged;
  });
  useEffect(() => {
    if (series === undefined) return;
    return samples.subscribe(event => {
      if (event.kind === "SampleJudged") latest.current(event.data);
    }, series);
  }, [samples, series]);
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("LiveProvider is missing above this component");
  return live;
}

function useStreamState(stream: LiveStream): LiveState {
  return useSyncExternalStore(
    watcher => stream.watch(watcher),
    () => stream.state,
  );
}
