import { Loader } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { Brand } from "../../elements/brand.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { takeArrivedCode } from "../../session/arrival.ts";
import { type Session, signIn, signInWithCode } from "../../session/session.ts";
import { sessionKey } from "../../session/session-query.ts";
import { safeNext } from "../../session/sign-in-link.ts";
import { LanguageSwitch } from "../../shell/language-switch.tsx";
import { SchemeSwitch } from "../../shell/scheme-switch.tsx";
import style from "./sign-in.module.css";
import { SignInForm } from "./sign-in-form.tsx";

/** The way in: a one-time link by itself, else a name and a password. */
export function SignInPage() {
  const { t } = useLanguage();
  const onSignedIn = useSignedIn();
  const [noCookie, setNoCookie] = useState(false);
  const onSuccess = (session: Session | null) => (session ? onSignedIn(session) : setNoCookie(true));
  const byLink = useMutation({ mutationFn: signInWithCode, onSuccess, meta: { signsIn: true } });
  const byPassword = useMutation({
    mutationFn: ({ user, password }: { user: string; password: string }) => signIn(user, password),
    onSuccess,
    meta: { signsIn: true },
  });

  const signInByArrivedCode = useEffectEvent(() => {
    const code = takeArrivedCode();
    if (code !== undefined) byLink.mutate(code);
  });
  useEffect(() => {
    signInByArrivedCode();
    const onHash = () => signInByArrivedCode();
    window.addEventListener("hashchange", onHash);
    return () => window.removeEventListener("hashchange", onHash);
  }, []);

  return (
    <main className={style.page}>
      <title>{`${t("signIn.title")} · Maru`}</title>
      <div className={style.switches}>
        <LanguageSwitch />
        <SchemeSwitch />
      </div>
      <div className={style.card}>
        <div className={style.brand}>
          <Brand size={40} />
          <h1>{t("signIn.title")}</h1>
          <p>{t("signIn.intro")}</p>
        </div>
        {byLink.isPending ? (
          <p className={style.waiting} role="status">
            <Loader size="xs" /> {t("signIn.byLink")}
          </p>
        ) : (
          <>
            {byLink.error && byPassword.isIdle && <ErrorNotice error={byLink.error} />}
            {noCookie && <ErrorNotice error={new Error(t("signIn.noCookie"))} />}
            <SignInForm
              pending={byPassword.isPending}
              error={byPassword.error}
              onSubmit={(user, password) => byPassword.mutate({ user, password })}
            />
          </>
        )}
        <p className={style.hint}>{t("signIn.linkHint")}</p>
      </div>
    </main>
  );
}

function useSignedIn() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  return (session: Session) => {
    queries.setQueryData(sessionKey, session);
    void navigate({ href: safeNext(next), replace: true });
  };
}
