// GET /api/oriel/v1/config: the configuration in force without secrets, and what it would be if nothing were set.
import { record, text } from "../decode";
import { getJson } from "../http";

export interface ServerConfig {
  readonly yaml: string;
  readonly defaults: string;
}

export async function fetchConfig(signal?: AbortSignal): Promise<ServerConfig> {
  const answer = record(await getJson("/api/oriel/v1/config", { signal }));
  return { yaml: text(answer.yaml), defaults: text(answer.defaults) };
}
