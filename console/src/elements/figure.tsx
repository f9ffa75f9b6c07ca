import type { ReactNode } from "react";
import style from "./elements.module.css";

/** Figures in a row, each with what it counts. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={style.figures}>{children}</dl>;
}

/** One figure: what it counts, the number, and a remark. */
export function Figure({ name, value, remark }: { name: string; value: ReactNode; remark?: ReactNode }) {
  return (
    <div className={style.figure}>
      <dt>{name}</dt>
      <dd>
        {value}
        {remark && <span className={style.figureRemark}>{remark}</span>}
      </dd>
    </div>
  );
}
