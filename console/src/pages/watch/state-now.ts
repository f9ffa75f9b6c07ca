import { type SeriesState, seriesState } from "../../api/records.ts";
import type { Judged } from "../../live/event.ts";

/** A series' state, from what is newest: an open anomaly, the sample judged last, what was read before. */
export function stateNow(read: string, judged: Pick<Judged, "warming"> | undefined, open: boolean): SeriesState {
  if (open) return "anomalous";
  if (!judged) return seriesState(read);
  return judged.warming ? "warming" : "normal";
}
