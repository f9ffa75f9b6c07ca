import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Section } from "../../elements/section.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./settings.module.css";
import { UserDialog, type UserTask } from "./user-dialog.tsx";

/** Who can sign in: for admins. */
export function Users({ me }: { me: string }) {
  const { t } = useLanguage();
  const [task, setTask] = useState<UserTask>();
  const found = useQuery({ queryKey: ["user.list"], queryFn: ({ signal }) => call("user.list", {}, signal) });
  return (
    <Section
      title={t("users.title")}
      hint={t("users.hint")}
      actions={
        <Button size="xs" onClick={() => setTask({ kind: "create" })}>
          {t("users.create")}
        </Button>
      }
    >
      {found.isPending && <Skeleton height={96} />}
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.users.length === 0 && <EmptyState title={t("users.none")} hint={t("users.none.hint")} />}
      {found.data && found.data.users.length > 0 && (
        <ul className={style.list}>
          {found.data.users.map(user => (
            <li key={user.name} className={style.item}>
              <div className={style.itemText}>
                <strong>
                  {user.name}
                  {user.name === me && <em>{t("users.me")}</em>}
                </strong>
                <span>
                  {t(`role.${user.role}`)}
                  {user.disabled && ` · ${t("users.disabled")}`}
                  {!user.has_password && ` · ${t("users.byLinkOnly")}`}
                </span>
              </div>
              <Button variant="default" size="xs" onClick={() => setTask({ kind: "password", name: user.name })}>
                {t("users.password")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <UserDialog task={task} onClose={() => setTask(undefined)} />
    </Section>
  );
}
