import style from "./elements.module.css";

interface SeriesNameProps {
  name: string;
  labels: Record<string, string>;
}

/** A series' name, and below it the labels that tell it from others of the same name. */
export function SeriesName({ name, labels }: SeriesNameProps) {
  const written = labelsText(labels);
  return (
    <span className={style.seriesName}>
      <span className={style.seriesTitle}>{name}</span>
      {written && <span className={style.seriesLabels}>{written}</span>}
    </span>
  );
}

/** Labels in one line, without the name, which is one of them. */
export function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== "__name__")
    .map(([name, value]) => `${name}=${value}`)
    .join("  ");
}
