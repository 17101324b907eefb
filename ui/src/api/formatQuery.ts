// GET format_query of metrics and logs: the query as the server writes it, its words unchanged.
import { record, text } from "./decode";
import { getJson } from "./http";

const PATHS = { metrics: "/api/v1/format_query", logs: "/loki/api/v1/format_query" } as const;

export async function formatQuery(signal: keyof typeof PATHS, query: string): Promise<string> {
  return text(record(await getJson(PATHS[signal], { params: { query }, post: true })).data);
}
