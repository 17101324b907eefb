// Panels of old kinds as their successors: graph, singlestat, the tables with styles and the first heatmap. Only what is
// missing is filled in, since generators mix old and new fields in one panel. Pure; the given JSON stays as it is.
import { type Json, list, record } from "../../api/decode";
import { oldGraph } from "./legacy/graph";
import { heatOptions } from "./legacy/heatmap";
import { withDefaults } from "./legacy/shared";
import { singleStat } from "./legacy/stat";
import { oldTable } from "./legacy/table";

export function modernPanel(json: Json): Json {
  switch (json.type) {
    case "graph":
      return oldGraph(json);
    case "singlestat":
      return singleStat(json);
    case "table-old":
      return oldTable(json);
    case "table":
      // The same name was the old table's; its columns have styles, and no table of today does.
      return list(json.styles).length > 0 ? oldTable(json) : json;
    case "heatmap":
      return json.dataFormat === undefined ? json : withDefaults(json, {}, [], heatOptions(json));
    case "text":
      return json.content === undefined ? json : oldText(json);
    default:
      return json;
  }
}

function oldText(json: Json): Json {
  return { ...json, options: { content: json.content, mode: json.mode, ...record(json.options) } };
}
