// /api/serviceaccounts: who may do what with a token, and the tokens themselves, which are told once.
import { list, number, record, text } from "../decode";
import { getJson, sendJson } from "../http";

export const ACCOUNT_ROLES = ["Viewer", "Editor", "Admin"] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

export interface Account {
  readonly id: number;
  readonly name: string;
  readonly role: string;
  readonly disabled: boolean;
  readonly tokens: number;
}

export interface AccountToken {
  readonly id: number;
  readonly name: string;
  /** As the server writes times. */
  readonly created: string;
  /** Empty: it does not end. */
  readonly expires: string;
  readonly expired: boolean;
}

const PAGE = 1_000;
const path = (...parts: readonly (string | number)[]) => ["/api/serviceaccounts", ...parts].join("/");

export function decodeAccount(value: unknown): Account {
  const one = record(value);
  return {
    id: number(one.id) ?? 0,
    name: text(one.name),
    role: text(one.role),
    disabled: one.isDisabled === true,
    tokens: number(one.tokens) ?? 0,
  };
}

export function decodeToken(value: unknown): AccountToken {
  const one = record(value);
  return {
    id: number(one.id) ?? 0,
    name: text(one.name),
    created: text(one.created),
    expires: text(one.expiration),
    expired: one.hasExpired === true,
  };
}

export async function listAccounts(signal?: AbortSignal): Promise<Account[]> {
  const answer = record(await getJson(path("search"), { params: { perpage: PAGE }, signal }));
  return list(answer.serviceAccounts).map(decodeAccount);
}

export async function addAccount(name: string, role: AccountRole): Promise<Account> {
  return decodeAccount(await sendJson("POST", path(), { name, role }));
}

export async function changeAccount(
  id: number,
  change: { readonly role?: string; readonly isDisabled?: boolean },
): Promise<void> {
  await sendJson("PATCH", path(id), change);
}

export async function removeAccount(id: number): Promise<void> {
  await sendJson("DELETE", path(id));
}

export async function listTokens(id: number, signal?: AbortSignal): Promise<AccountToken[]> {
  return list(await getJson(path(id, "tokens"), { signal })).map(decodeToken);
}

/** The token, which nobody can read again. `seconds` 0: it does not end. */
export async function addToken(id: number, name: string, seconds: number): Promise<string> {
  const body = { name, ...(seconds > 0 ? { secondsToLive: seconds } : {}) };
  return text(record(await sendJson("POST", path(id, "tokens"), body)).key);
}

export async function removeToken(id: number, token: number): Promise<void> {
  await sendJson("DELETE", path(id, "tokens", token));
}
