// The websocket /loki/api/v1/tail: lines as they arrive.
import { record } from "../decode";
import { apiUrl, currentTenant } from "../http";
import { decodeStreams, type RawEntry } from "./query";

export interface TailHandlers {
  readonly onEntries: (entries: readonly RawEntry[]) => void;
  readonly onState: (state: "open" | "closed" | "failed") => void;
}

/** Starts a tail and returns the function that ends it. A browser cannot set headers here, so the tenant goes as a parameter. */
export function tail(query: string, handlers: TailHandlers): () => void {
  const tenant = currentTenant();
  const url = apiUrl("/loki/api/v1/tail", { query, limit: 100, "X-Scope-OrgID": tenant === "" ? undefined : tenant });
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  let wasOpen = false;
  socket.onopen = () => {
    wasOpen = true;
    handlers.onState("open");
  };
  socket.onmessage = (event) => {
    const entries = decodeTail(String(event.data));
    if (entries.length > 0) handlers.onEntries(entries);
  };
  socket.onclose = () => handlers.onState(wasOpen ? "closed" : "failed");
  return () => {
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
  };
}

/** Without the categorize flag a stream's labels hold the metadata too; then everything counts as label. */
export function decodeTail(message: string): RawEntry[] {
  try {
    return decodeStreams(record(JSON.parse(message)).streams);
  } catch {
    return [];
  }
}
