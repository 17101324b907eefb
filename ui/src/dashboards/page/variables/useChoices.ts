// What is chosen of variables goes into the address. Where a choice leaves others with values that are no choice any more, as
// another cluster leaves a namespace, those settle anew, and the address says so.
import { useCallback, useEffect, useEffectEvent, useMemo, useState } from "react";
import type { Range } from "../../../time/range";
import type { Dashboard } from "../../model/types";
import { dependents } from "../../variables/values";
import type { DashboardState } from "../DashboardContext";
import type { DashboardSearch } from "../search";
import { clickedFilter, sameChoice } from "./choices";
import { type Asked, useVariables, type Variables } from "./useVariables";

const NONE: ReadonlySet<string> = new Set();

type Patch = (change: Partial<DashboardSearch>, replace?: boolean) => void;

interface Choices {
  readonly variables: Variables;
  readonly choose: (name: string, values: readonly string[] | undefined) => void;
  /** A label joins the filters over the dashboard, or leaves them again; undefined where it has none. */
  readonly filter: DashboardState["onFilter"];
}

export function useChoices(dashboard: Dashboard, asked: Asked, range: Range, patch: Patch): Choices {
  const [loose, setLoose] = useState(NONE);
  const variables = useVariables(dashboard, asked, range, loose);
  const settle = useEffectEvent(() => {
    if (!variables.ready || loose.size === 0) return;
    const changes = [...loose].flatMap((name) => {
      const [before, after] = [asked.get(name), variables.all.get(name)?.chosen];
      return before === undefined || after === undefined || sameChoice(before, after) ? [] : [[name, after] as const];
    });
    if (changes.length === 0) setLoose(NONE);
    else patch(Object.fromEntries(changes.map(([name, after]) => [`var-${name}`, [...after]])), true);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what settling looks at
  useEffect(() => settle(), [variables.ready, variables.all, loose, asked]);
  const choose = useCallback(
    (name: string, values: readonly string[] | undefined) => {
      setLoose(new Set(dependents(dashboard.variables, name)));
      patch({ [`var-${name}`]: values === undefined ? undefined : [...values] });
    },
    [dashboard.variables, patch],
  );
  const filters = [...variables.all.values()].find((one) => one.variable.kind === "adhoc")?.variable;
  const filter = useMemo(() => {
    if (filters === undefined) return undefined;
    return (key: string, value: string, operator: "=" | "!=") =>
      choose(filters.name, clickedFilter(filters.filters, { key, operator, value }));
  }, [filters, choose]);
  return { variables, choose, filter };
}
