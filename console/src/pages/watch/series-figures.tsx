import type { SeriesWindow } from "../../api/records.ts";
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

/** How the series is now: value, expected range, score, state. */
export function SeriesFigures({ window, judged }: { window: SeriesWindow; judged: Judged | undefined }) {
  const { t, locale } = useLanguage();
  const now = useNow(5_000);
  const { series } = window;
  const quantity = quantityOf(series);
  const last = latest(window);
  const open = window.anomalies.find(anomaly => !anomaly.end);
  const score = judged?.score ?? open?.score;
  const state = stateNow(series.state, judged, open !== undefined);
  return (
    <Figures>
      <Figure
        name={t("figure.now")}
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
        value={score === undefined ? "–" : numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score)}
        remark={t("figure.score.hint")}
      />
      <Figure
        name={t("figure.state")}
        value={
          <span className={style.stateFigure}>
            <StateMark state={state} />
          </span>
        }
        remark={open ? t("figure.since", { since: formatAgo(Date.parse(open.start), now, locale) }) : undefined}
      />
    </Figures>
  );
}
