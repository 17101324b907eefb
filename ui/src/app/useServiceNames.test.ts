import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { SERVICE_NAMES } from "./useServiceNames";

it("asks for the services again, sooner where a signal did not answer", () => {
  const client = new QueryClient();
  const nextAfter = (areAll: boolean) => {
    client.setQueryData(SERVICE_NAMES.queryKey, { tenant: "", names: [], areAll });
    const query: unknown = client.getQueryCache().find({ queryKey: SERVICE_NAMES.queryKey });
    const { refetchInterval } = SERVICE_NAMES;
    return typeof refetchInterval === "function" ? refetchInterval(query as Asked) : undefined;
  };
  expect(nextAfter(true)).toBe(5 * 60_000);
  expect(nextAfter(false)).toBe(60_000);
});

type Interval = Exclude<typeof SERVICE_NAMES.refetchInterval, number | false | undefined>;
type Asked = Interval extends (query: infer Of) => unknown ? Of : never;
