// One cache of answers for each tenant, so that answers of two tenants can never mix.
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, setTenant } from "../api/http";

/** Answers stay this long after the last view that shows them is gone; a page that refreshes leaves one behind each time. */
const KEEP_MS = 15_000;

const clients = new Map<string, QueryClient>();

/** The cache of `tenant`; from here on every request is made in its name. */
export function clientOf(tenant: string): QueryClient {
  setTenant(tenant);
  const known = clients.get(tenant);
  if (known !== undefined) return known;
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (cause, query) => {
        // The session ended, or the token went: who may see nothing any more is asked to log in.
        const isGone = cause instanceof ApiError && cause.status === 401 && query.queryKey[0] !== "access";
        if (isGone) void client.invalidateQueries({ queryKey: ["access"] });
      },
    }),
    defaultOptions: {
      queries: {
        gcTime: KEEP_MS,
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        // Comparing a million points with the answer before costs more than drawing them.
        structuralSharing: false,
        // A refused query stays refused; only an unreachable server is worth a second try.
        retry: (failures, cause) => failures < 1 && cause instanceof ApiError && cause.status === 0,
      },
    },
  });
  clients.set(tenant, client);
  return client;
}
