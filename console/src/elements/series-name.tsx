import { Fragment } from "react";
import style from "./elements.module.css";
import { labelsText } from "./label-text.ts";

interface SeriesNameProps {
  name: string;
  labels: Record<string, string>;
  /** Labels that need not be written, since every series around has the same. */
  shared?: ReadonlySet<string>;
}

/** A series' name, and below it the labels that tell it from others of the same name. */
export function SeriesName({ name, labels, shared }: SeriesNameProps) {
  const written = labelsText(labels, shared);
  return (
    <span className={style.seriesName}>
      <span className={style.seriesTitle}>
        <Breakable name={name} />
      </span>
      {written && <span className={style.seriesLabels}>{written}</span>}
    </span>
  );
}

/** A name that may break after an underscore. */
export function Breakable({ name }: { name: string }) {
  return name.split(/(?<=_)/).map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a name never move
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
