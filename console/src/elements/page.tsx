import type { ReactNode } from "react";
import style from "./elements.module.css";

interface PageProps {
  title: string;
  /** What stands right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its heading, which also names the browser's tab. */
export function Page({ title, actions, children }: PageProps) {
  return (
    <div className={style.page}>
      <title>{`${title} · Maru`}</title>
      <header className={style.pageHead}>
        <h1>{title}</h1>
        {actions && <div className={style.pageActions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
