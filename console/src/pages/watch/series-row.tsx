import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { type Series, seriesState } from "../../api/records.ts";
import { SeriesName } from "../../elements/series-name.tsx";
import { StateMark } from "../../elements/state-mark.tsx";
import { formatQuantity } from "../../format/format-quantity.ts";
import { quantityOf } from "../../format/quantity.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import type { View } from "../../view/view.ts";
import style from "./watch.module.css";

interface SeriesRowProps {
  series: Series;
  view: View;
  /** Labels that every row has. */
  shared: ReadonlySet<string>;
}

/** One found series: its state, its name and its newest value. */
export const SeriesRow = memo(function SeriesRow({ series, view, shared }: SeriesRowProps) {
  const { locale } = useLanguage();
  return (
    <li className={style.row}>
      <Link
        to="/watch"
        search={{ ...view, series: series.id }}
        preload={false}
        className={style.rowLink}
        data-testid="series-row"
        data-series={series.id}
      >
        <StateMark state={seriesState(series.state)} quiet />
        <SeriesName name={series.name} labels={series.labels} shared={shared} />
        <span className={style.rowValue}>{formatQuantity(series.last_value, quantityOf(series), locale)}</span>
      </Link>
    </li>
  );
});
