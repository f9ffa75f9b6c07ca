import { send } from "./http.ts";
import type { paths } from "./schema.d.ts";

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type NameOf<Path> = Path extends `/api/v1/${infer Noun}/${infer Verb}` ? `${Noun}.${Verb}` : never;
type PathOf<Name> = Name extends `${infer Noun}.${infer Verb}` ? `/api/v1/${Noun}/${Verb}` : never;

/** Every operation of the server, as `noun.verb`. */
export type Operation = NameOf<keyof paths>;

type Post<Name extends Operation> = paths[PathOf<Name> & keyof paths]["post"];

/** What an operation takes. */
export type Input<Name extends Operation> = Json<NonNullable<Post<Name>["requestBody"]>>;

/** What an operation answers. */
export type Output<Name extends Operation> =
  Post<Name> extends { responses: { 200: infer Answer } } ? Json<Answer> : never;

/** Operations that may take longer than a page waits for: a little more than the server gives them. */
const DEADLINES_MS: Partial<Record<Operation, number>> = { "sql.query": 310_000 };

/** Calls an operation. Fails with an `ApiError`. */
export function call<Name extends Operation>(
  name: Name,
  input: Input<Name>,
  signal?: AbortSignal,
): Promise<Output<Name>> {
  return send(`/api/v1/${name.replace(".", "/")}`, {
    method: "POST",
    body: input,
    signal,
    deadlineMs: DEADLINES_MS[name],
  });
}
