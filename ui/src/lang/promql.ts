// PromQL in the editor: grammar and completion of the Prometheus project, asking our own server.
import { EditorState, type Extension } from "@codemirror/state";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import { apiUrl, currentTenant } from "../api/http";
import { completeWindow } from "./windows";
import { wordHover } from "./words/wordHover";

/** Names of metrics that were seen in this time are offered. */
const LOOKBACK_MS = 12 * 3_600_000;
/** Help texts are fetched only while there are fewer metrics than this. */
const MOST_HELP = 5_000;

export function promql(): Extension {
  const extension = new PromQLExtension();
  extension.activateLinter(false);
  extension.setComplete({
    maxMetricsMetadata: MOST_HELP,
    remote: {
      url: apiUrl("/").href.replace(/\/$/, ""),
      httpMethod: "GET",
      lookbackInterval: LOOKBACK_MS,
      fetchFn: (input, init) => {
        const headers = new Headers(init?.headers);
        if (currentTenant() !== "") headers.set("X-Scope-OrgID", currentTenant());
        return fetch(input, { ...init, headers });
      },
      // Completion that fails offers nothing; the query itself will tell what is wrong.
      httpErrorHandler: () => undefined,
    },
  });
  return [
    extension.asExtension(),
    EditorState.languageData.of(() => [{ autocomplete: completeWindow }]),
    wordHover(() => import("./words/promqlWords").then((module) => module.PROMQL_WORDS)),
  ];
}
