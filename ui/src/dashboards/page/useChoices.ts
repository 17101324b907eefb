// What is chosen of variables goes into the address. Where a choice leaves others with values that are no choice any more, as
// another cluster leaves a namespace, those settle anew, and the address says so.
import { useEffect, useEffectEvent, useState } from "react";
import type { Range } from "../../time/range";
import type { Dashboard } from "../model/types";
import { dependents } from "../variables/values";
import { sameChoice } from "./choices";
import type { DashboardSearch } from "./search";
import { type Asked, useVariables, type Variables } from "./useVariables";

const NONE: ReadonlySet<string> = new Set();

type Patch = (change: Partial<DashboardSearch>, replace?: boolean) => void;

interface Choices {
  readonly variables: Variables;
  readonly choose: (name: string, values: readonly string[] | undefined) => void;
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
  const choose = (name: string, values: readonly string[] | undefined) => {
    setLoose(new Set(dependents(dashboard.variables, name)));
    patch({ [`var-${name}`]: values === undefined ? undefined : [...values] });
  };
  return { variables, choose };
}
