import { type SeriesWindow, seriesState } from "../../api/records.ts";
import { latest } from "../../chart/columns.ts";
import { Figure, Figures } from "../../elements/figure.tsx";
import { StateMark } from "../../elements/state-mark.tsx";
import { useNow } from "../../elements/use-now.ts";
import { formatQuantity, formatRange } from "../../format/format-quantity.ts";
import { numberFormat } from "../../format/number.ts";
import { quantityOf } from "../../format/quantity.ts";
import { formatAgo } from "../../format/time.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import type { Judged } from "../../live/event.ts";
import { stateNow } from "./state-now.ts";
import style from "./watch.module.css";

interface SeriesFiguresProps {
  window: SeriesWindow;
  /** The sample judged last, while the window follows. */
  judged: Judged | undefined;
  /** Whether the window ends now. A window of the past says how the series was at its end. */
  live: boolean;
}

/** How the series is: value, expected range, score, state. */
export function SeriesFigures({ window, judged, live }: SeriesFiguresProps) {
  const { t, locale } = useLanguage();
  const now = useNow(5_000);
  const { series } = window;
  const quantity = quantityOf(series);
  const last = latest(window);
  const open = window.anomalies.find(anomaly => !anomaly.end);
  const score = judged?.score ?? open?.score;
  const state = live ? stateNow(series.state, judged, open !== undefined) : seriesState(series.state);
  return (
    <Figures>
      <Figure
        name={t(live ? "figure.now" : "figure.last")}
        value={formatQuantity(last?.value, quantity, locale)}
        remark={last ? formatAgo(last.timeMs, now, locale) : t("figure.noSamples")}
      />
      <Figure
        name={t("figure.expected")}
        value={formatRange(last?.lower, last?.upper, quantity, locale)}
        remark={last?.lower === null ? t("figure.learning") : undefined}
      />
      <Figure
        name={t("figure.score")}
        value={
          score === undefined
            ? "–"
            : numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score)
        }
        remark={t("figure.score.hint")}
      />
      <Figure
        name={t(live ? "figure.state" : "figure.stateNow")}
        value={
          <span className={style.stateFigure}>
            <StateMark state={state} />
          </span>
        }
        remark={live && open ? t("figure.since", { since: formatAgo(Date.parse(open.start), now, locale) }) : undefined}
      />
    </Figures>
  );
}
