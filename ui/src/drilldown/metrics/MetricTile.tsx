// One metric of many, under the filters; its name leads to it alone.
import { unitFormat, unitOfQuery } from "../../format/unit";
import { metricQuery } from "../queries";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";

export function MetricTile({ name }: { name: string }) {
  const { filters, change } = useDrilldown();
  const query = metricQuery(name, filters);
  return (
    <Tile
      title={name}
      signal="metrics"
      query={query}
      format={unitFormat(unitOfQuery(query))}
      onPick={() => change({ of: name, by: undefined, view: undefined, how: undefined })}
    />
  );
}
