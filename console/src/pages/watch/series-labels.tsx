import type { Series } from "../../api/records.ts";
import style from "./watch.module.css";

/** The labels of a series, and what it was measured on. */
export function SeriesLabels({ series }: { series: Series }) {
  const labels = Object.entries(series.labels).filter(([name]) => name !== "__name__");
  return (
    <ul className={style.labels}>
      {series.resource && <li className={style.resource}>{series.resource}</li>}
      {labels.map(([name, value]) => (
        <li key={name}>
          <span>{name}</span>
          {value}
        </li>
      ))}
    </ul>
  );
}
