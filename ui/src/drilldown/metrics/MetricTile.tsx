// One metric of many, under the filters; its name leads to it alone.
import { count } from "../../format/number";
import { unitFormat, unitOfQuery } from "../../format/unit";
import { metricQuery } from "../queries";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";

interface Props {
  name: string;
  /** How many it has, where that is what the list is sorted by. */
  series?: number | undefined;
}

export function MetricTile({ name, series }: Props) {
  const { filters, change } = useDrilldown();
  const query = metricQuery(name, filters);
  return (
    <Tile
      title={name}
      note={series === undefined ? undefined : count(series, "series", "series")}
      signal="metrics"
      query={query}
      format={unitFormat(unitOfQuery(query))}
      onPick={() => change({ of: name, by: undefined, view: undefined, how: undefined })}
    />
  );
}
