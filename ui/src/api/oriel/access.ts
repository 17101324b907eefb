// GET /api/oriel/v1/access: what the one who looks may do. POST /login, /logout: a name and password, or a token, become a
// cookie, and it goes again.
import { record, text } from "../decode";
import { getJson, sendJson } from "../http";

export type Role = "None" | "Viewer" | "Editor" | "Admin";
const ROLES: readonly Role[] = ["None", "Viewer", "Editor", "Admin"];

export interface Access {
  /** Nothing is refused to anybody. */
  readonly open: boolean;
  readonly loggedIn: boolean;
  readonly role: Role;
  /** Of who is logged in; empty where only a token is known. */
  readonly name: string;
  /** There are names and passwords to log in with, not only tokens. */
  readonly hasUsers: boolean;
}

export function decodeAccess(value: unknown): Access {
  const answer = record(value);
  const role = ROLES.find((one) => one === text(answer.role)) ?? "Admin";
  return {
    open: answer.open !== false,
    loggedIn: answer.logged_in === true,
    role,
    name: text(answer.name),
    hasUsers: answer.has_users === true,
  };
}

export async function fetchAccess(signal?: AbortSignal): Promise<Access> {
  return decodeAccess(await getJson("/api/oriel/v1/access", { signal }));
}

/** A token is the password of nobody. */
export async function login(user: string, password: string): Promise<void> {
  await sendJson("POST", "/login", { user, password });
}

export async function logout(): Promise<void> {
  await sendJson("POST", "/logout");
}
