import type { ReactNode } from "react";
import style from "./elements.module.css";

interface EmptyStateProps {
  title: string;
  /** What to do about it. */
  hint?: ReactNode;
  action?: ReactNode;
}

/** What stands where a list would be: what is missing, and what to do. */
export function EmptyState({ title, hint, action }: EmptyStateProps) {
  return (
    <div className={style.empty}>
      <p className={style.emptyTitle}>{title}</p>
      {hint && <p>{hint}</p>}
      {action}
    </div>
  );
}
