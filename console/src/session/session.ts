import { ApiError } from "../api/error.ts";
import { keepCsrf, send } from "../api/http.ts";

/** Who is signed in. */
export interface Principal {
  name: string;
  kind: string;
  role: string;
}

/** A signed-in session. Its cookie is out of reach for scripts; the CSRF token goes along with every change. */
export interface Session {
  principal: Principal;
  csrf: string;
  expires: string;
}

const PATH = "/api/v1/session";

/** The session there is, or `null` when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    return keep(await send<Session>(PATH, { method: "GET" }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Signs in with a password. */
export async function signIn(user: string, password: string): Promise<Session | null> {
  await send(PATH, { method: "POST", body: { user, password } });
  return readSession();
}

/** Signs in with the code of a one-time link. */
export async function signInWithCode(code: string): Promise<Session | null> {
  await send(`${PATH}/link`, { method: "POST", body: { code } });
  return readSession();
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await send(PATH, { method: "DELETE" });
  keepCsrf(undefined);
}

function keep(session: Session): Session {
  keepCsrf(session.csrf);
  return session;
}
