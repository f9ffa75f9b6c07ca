import type { Series } from "../../api/records.ts";
import type { Judged } from "../../live/event.ts";

/** A series' state, from what is newest: an open anomaly, the sample judged last, what was read before. */
export function stateNow(
  read: Series["state"],
  judged: Pick<Judged, "warming"> | undefined,
  open: boolean,
): Series["state"] {
  if (open) return "anomalous";
  if (!judged) return read;
  return judged.warming ? "warming" : "normal";
}
