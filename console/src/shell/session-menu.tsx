import { Popover, UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { Icon } from "../elements/icon.tsx";
import { useLanguage } from "../i18n/language-context.ts";
import { signOut } from "../session/session.ts";
import { sessionKey, usePrincipal } from "../session/session-query.ts";
import style from "./shell.module.css";

/** Who is signed in, the way out, and the list of shortcuts. */
export function SessionMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useLanguage();
  const principal = usePrincipal();
  const [opened, setOpened] = useState(false);
  const leaving = useLeaving();
  return (
    <Popover opened={opened} onChange={setOpened} position="top-end" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <UnstyledButton
          className={style.switch}
          aria-label={t("session.menu")}
          aria-expanded={opened}
          onClick={() => setOpened(open => !open)}
        >
          <Icon name="person" />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={4}>
        {principal && (
          <div className={style.who}>
            <strong>{principal.name}</strong>
            <span>
              {principal.role === "admin"
                ? t("role.admin")
                : principal.role === "member"
                  ? t("role.member")
                  : principal.role}
            </span>
          </div>
        )}
        <UnstyledButton
          className={style.menuItem}
          onClick={() => {
            setOpened(false);
            onHelp();
          }}
        >
          <Icon name="keyboard" />
          {t("shortcuts.title")}
        </UnstyledButton>
        <UnstyledButton className={style.menuItem} disabled={leaving.isPending} onClick={() => leaving.mutate()}>
          <Icon name="leave" />
          {t("session.signOut")}
        </UnstyledButton>
      </Popover.Dropdown>
    </Popover>
  );
}

function useLeaving() {
  const queries = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await router.navigate({ to: "/sign-in" });
      queries.clear();
      queries.setQueryData(sessionKey, null);
    },
  });
}
