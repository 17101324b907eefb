// GET /api/oriel/v1/access: what the one who looks may do. POST /login, /logout: a token becomes a cookie, and goes again.
import { record, text } from "../decode";
import { getJson, sendJson } from "../http";

export type Role = "None" | "Viewer" | "Editor" | "Admin";
const ROLES: readonly Role[] = ["None", "Viewer", "Editor", "Admin"];

export interface Access {
  /** Nothing is refused to anybody. */
  readonly open: boolean;
  readonly loggedIn: boolean;
  readonly role: Role;
}

export function decodeAccess(value: unknown): Access {
  const answer = record(value);
  const role = ROLES.find((one) => one === text(answer.role)) ?? "Admin";
  return { open: answer.open !== false, loggedIn: answer.logged_in === true, role };
}

export async function fetchAccess(signal?: AbortSignal): Promise<Access> {
  return decodeAccess(await getJson("/api/oriel/v1/access", { signal }));
}

export async function login(token: string): Promise<void> {
  await sendJson("POST", "/login", { user: "", password: token });
}

export async function logout(): Promise<void> {
  await sendJson("POST", "/logout");
}
