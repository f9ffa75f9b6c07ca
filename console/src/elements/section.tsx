import { type ReactNode, useId } from "react";
import style from "./elements.module.css";

interface SectionProps {
  title: string;
  hint?: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a heading of its own. */
export function Section({ title, hint, actions, children }: SectionProps) {
  const id = useId();
  return (
    <section className={style.section} aria-labelledby={id}>
      <header className={style.sectionHead}>
        <div>
          <h2 id={id}>{title}</h2>
          {hint && <p className={style.hint}>{hint}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}
