import { Button, Modal, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client.ts";
import { ApiError } from "../../api/error.ts";
import type { Role } from "../../api/records.ts";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./settings.module.css";

/** What the dialog is for: a new user, or a user's new password. */
export type UserTask = { kind: "create" } | { kind: "password"; name: string };

const ROLES = ["member", "admin"] as const satisfies readonly Role[];

/** Adds a user, or sets a user's password. */
export function UserDialog({ task, onClose }: { task: UserTask | undefined; onClose: () => void }) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={task !== undefined}
      onClose={onClose}
      title={task?.kind === "password" ? t("users.password.title", { name: task.name }) : t("users.create")}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {task && <UserForm task={task} onDone={onClose} />}
    </Modal>
  );
}

function UserForm({ task, onDone }: { task: UserTask; onDone: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [password, setPassword] = useState("");
  const saving = useMutation<unknown>({
    mutationFn: () =>
      task.kind === "create"
        ? call("user.create", { name: name.trim(), role, password })
        : call("user.set-password", { name: task.name, password }),
    onSuccess: () => {
      onDone();
      return queries.invalidateQueries({ queryKey: ["user.list"] });
    },
  });
  const wrong = saving.error instanceof ApiError ? saving.error.problem : undefined;
  const fieldError = (field: string) => (wrong?.field === field ? wrong.detail : undefined);
  const placed = wrong?.field !== undefined && ["name", "password"].includes(wrong.field);
  return (
    <form
      className={style.dialog}
      onSubmit={event => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      {task.kind === "create" && (
        <>
          <TextInput
            label={t("users.name")}
            autoComplete="off"
            required
            withAsterisk={false}
            data-autofocus
            value={name}
            error={fieldError("name")}
            onChange={event => setName(event.currentTarget.value)}
          />
          <fieldset className={style.field}>
            <legend>{t("users.role")}</legend>
            <SegmentedControl
              fullWidth
              value={role}
              onChange={setRole}
              data={ROLES.map(value => ({ value, label: t(`role.${value}`) }))}
            />
            <p>{t(`role.${role}.hint`)}</p>
          </fieldset>
        </>
      )}
      <PasswordInput
        label={t("users.newPassword")}
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={password}
        error={fieldError("password")}
        onChange={event => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
      />
      {saving.error && (!placed || wrong?.next) && <ErrorNotice error={saving.error} />}
      <div className={style.dialogBar}>
        <Button type="submit" loading={saving.isPending}>
          {t(task.kind === "create" ? "users.create" : "users.password")}
        </Button>
      </div>
    </form>
  );
}
