// The way out: whether one is logged out, and the words where one is not.
import { ApiError } from "../../api/http";

/** Undefined: nobody is logged in any more. A session that the server does not know is over, too. */
export async function leave(logout: () => Promise<void>): Promise<string | undefined> {
  try {
    await logout();
    return undefined;
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 401) return undefined;
    return `You are still logged in: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
