import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { ApiError } from "../../api/error.ts";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./sign-in.module.css";
import { useWait } from "./use-wait.ts";

interface SignInFormProps {
  pending: boolean;
  error: Error | null;
  onSubmit: (user: string, password: string) => void;
}

/** A name and a password. After too many tries it waits as long as the server says. */
export function SignInForm({ pending, error, onSubmit }: SignInFormProps) {
  const { t, counted } = useLanguage();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const limited = error instanceof ApiError && error.status === 429;
  const wait = useWait(limited ? error : null);
  return (
    <form
      className={style.form}
      data-testid="sign-in-form"
      onSubmit={event => {
        event.preventDefault();
        onSubmit(user.trim(), password);
      }}
    >
      {error && !limited && <ErrorNotice error={error} />}
      {limited && (
        <p className={style.limited} role="alert">
          {t("signIn.limited")} {wait > 0 ? counted("error.wait", wait) : t("signIn.limited.over")}
        </p>
      )}
      <TextInput
        label={t("signIn.user")}
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        autoFocus
        required
        withAsterisk={false}
        value={user}
        onChange={event => setUser(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("signIn.password")}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={event => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
      />
      <Button type="submit" fullWidth loading={pending} disabled={wait > 0}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}
