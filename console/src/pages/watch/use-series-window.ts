import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { call } from "../../api/client.ts";
import type { SeriesWindow } from "../../api/records.ts";
import { appendJudged, keepNewer } from "../../chart/columns.ts";
import type { Judged } from "../../live/event.ts";
import { useJudgedSamples, usePolling } from "../../live/live-context.tsx";
import { windowOf } from "../../view/view.ts";
import { paceOf } from "./pace.ts";

interface Asked {
  id: string;
  from: string;
  to?: string | undefined;
  /** How many samples suffice for what is drawn. */
  points: number;
}

/** A series over a window of time, with live samples added at its end while the window ends now. */
export function useSeriesWindow({ id, from, to, points }: Asked) {
  const queries = useQueryClient();
  const live = to === undefined;
  const key = ["series.read", id, from, to ?? "now", points];
  const { fromMs, toMs } = windowOf({ from, to }, Date.now());
  const every = usePolling(paceOf(toMs - fromMs).rereadMs);
  const query = useQuery<SeriesWindow>({
    queryKey: key,
    queryFn: ({ signal }) => call("series.read", { id, from, to, points }, signal),
    refetchInterval: live ? every : false,
    structuralSharing: live
      ? (shown, fresh) => keepNewer(shown as SeriesWindow | undefined, fresh as SeriesWindow)
      : true,
    placeholderData: shown => (shown?.series.id === id ? shown : undefined),
  });
  const [judged, setJudged] = useState<Judged>();
  const add = useCallback(
    (sample: Judged) => {
      setJudged(sample);
      const oldest = windowOf({ from }, Date.now()).fromMs;
      queries.setQueryData<SeriesWindow>(
        ["series.read", id, from, "now", points],
        shown => shown && appendJudged(shown, sample, oldest),
      );
    },
    [queries, id, from, points],
  );
  useJudgedSamples(live ? id : undefined, add);
  return { ...query, judged: live && judged?.series === id ? judged : undefined };
}
