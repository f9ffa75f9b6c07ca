import type { Input, Operation, Output } from "../src/api/client.ts";
import type { Table, Token, User } from "../src/api/records.ts";
import { parseAge } from "../src/view/age.ts";
import type { MadeUpHost } from "./made-up-host.ts";
import { MockProblem } from "./mock-problem.ts";

/** What answers each operation. */
export type Answers = { [Name in Operation]?: (input: Input<Name>) => Output<Name> };

const column = (name: string, type: Table["columns"][number]["type"], comment: string) => ({ name, type, comment });

const TABLES: Table[] = [
  {
    name: "samples",
    comment: "Every sample that was taken in.",
    store: "history",
    columns: [
      column("series", "id", "The series' id"),
      column("time", "time", "When it was measured"),
      column("value", "float", "What was measured"),
    ],
  },
  {
    name: "anomalies",
    comment: "Stretches of time in which a series left its band.",
    store: "history",
    columns: [
      column("id", "text", ""),
      column("series", "id", "The series' id"),
      column("start", "time", "When it left its band"),
    ],
  },
  {
    name: "users",
    comment: "People who can sign in.",
    store: "state",
    columns: [column("name", "text", "Name to sign in with"), column("role", "text", "admin or member")],
  },
];

/** Answers for a made-up host. Tokens and users last as long as the development server. */
export function mockOperations(host: MadeUpHost): Answers {
  const users: User[] = [
    {
      name: "jiwoo",
      role: "admin",
      has_password: true,
      disabled: false,
      created: new Date(host.startedMs).toISOString(),
    },
    {
      name: "minjun",
      role: "member",
      has_password: false,
      disabled: false,
      created: new Date(host.startedMs).toISOString(),
    },
  ];
  let tokens: Token[] = [
    {
      id: "t1",
      name: "grafana",
      scope: "read",
      owner: "jiwoo",
      prefix: "maru_r1c9",
      created: new Date(host.startedMs).toISOString(),
      expires: null,
      last_used: new Date(host.startedMs).toISOString(),
    },
  ];
  return {
    "watch.overview": () => host.overview(Date.now()),
    "series.list": ({ match, state, limit, offset }) => {
      const now = Date.now();
      const words = (match ?? "").toLowerCase().split(/\s+/).filter(Boolean);
      const found = host
        .series()
        .map(one => host.describe(one, now))
        .filter(one => words.every(word => JSON.stringify(one.labels).toLowerCase().includes(word)))
        .filter(one => !state || one.state === state);
      const first = offset ?? 0;
      return { total: found.length, series: found.slice(first, first + (limit ?? 100)) };
    },
    "series.read": ({ id, from, to, points }) => {
      const one = host.find(id);
      if (!one)
        throw new MockProblem(404, "MARU-0204", `There is no series ${id}.`, { next: "Look for it with series.list." });
      const now = Date.now();
      return host.read(one, moment(from ?? "-1h", now), moment(to ?? undefined, now), points ?? 600, now);
    },
    "anomaly.list": ({ open, since, series, limit }) => {
      const now = Date.now();
      const after = since ? moment(since, now) : 0;
      const anomalies = host
        .anomalies(now)
        .filter(
          one =>
            (!open || !one.end) && (!series || one.series === series) && (!one.end || Date.parse(one.end) >= after),
        );
      return { anomalies: anomalies.slice(0, limit ?? 100) };
    },
    "table.list": () => ({ tables: TABLES }),
    "operation.list": () => ({ operations: [] }),
    "sql.query": ({ sql }) => {
      if (/drop|delete|insert|update/i.test(sql)) {
        throw new MockProblem(422, "MARU-0301", "Only reading statements can be run.", {
          field: "sql",
          next: "Write a SELECT.",
        });
      }
      const rows = host
        .series()
        .map((one, i) => [one.id, one.name, i % 7 === 3 ? null : host.judge(one, Date.now()).value, one.labels]);
      return {
        columns: ["series", "name", "value", "labels"].map((name, i) => ({
          name,
          type: ["text", "text", "float", "Map"][i] ?? "",
        })),
        rows,
        truncated: true,
      };
    },
    "token.list": () => ({ tokens }),
    "token.create": ({ name, scope = "read", expires }) => {
      const age = expires ? parseAge(`-${expires}`) : undefined;
      const token: Token = {
        id: `t${Date.now()}`,
        name,
        owner: "jiwoo",
        prefix: "maru_x7k2",
        scope,
        created: new Date().toISOString(),
        expires: age ? new Date(Date.now() + age).toISOString() : null,
        last_used: null,
      };
      tokens = [token, ...tokens];
      return { ...token, token: `maru_${Buffer.from(name.padEnd(30, "x")).toString("base64url")}` };
    },
    "token.revoke": ({ id }) => {
      const revoked = tokens.find(token => token.id === id);
      if (!revoked) throw new MockProblem(404, "MARU-0320", "There is no such token.");
      tokens = tokens.filter(token => token !== revoked);
      return { ...revoked, revoked: new Date().toISOString() };
    },
    "user.list": () => ({ users }),
    "user.create": ({ name, role = "member", password }) => {
      demandLength(password);
      const user: User = { name, role, has_password: true, disabled: false, created: new Date().toISOString() };
      users.push(user);
      return user;
    },
    "user.set-password": ({ name, password }) => {
      demandLength(password);
      return { name };
    },
  };
}

function demandLength(password: string | null | undefined): void {
  if ((password ?? "").length < 10) {
    throw new MockProblem(422, "MARU-0107", "The password has fewer than 10 characters.", {
      field: "password",
      next: "Choose a longer one.",
    });
  }
}

function moment(text: string | undefined, nowMs: number): number {
  if (text === undefined) return nowMs;
  const age = parseAge(text);
  return age === undefined ? Date.parse(text) : nowMs - age;
}
