// What state each thing was in, and when: lanes of runs, or of single cells; many lanes in pages.
import { type CSSProperties, useMemo, useState } from "react";
import { number } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { legendPlace } from "../compute/legend";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { textEm } from "../single/fit";
import { Pager } from "./Pager";
import { StatePlot } from "./StatePlot";
import { type Lane, lanesOf, statesOf } from "./states";
import styles from "./states.module.css";

const PAGER_PX = 28;
const NAME_PX = 12;
const NAME_PAD_PX = 22;
/** Lanes of a page, where the panel does not say. */
const USUAL_PAGE = 20;
const USUAL_FILL = 70;

const NONE: ReadonlySet<string> = new Set();
const keep = () => undefined;

export function StateTimelinePanel(props: PanelProps) {
  const { panel, frames, range, width, height } = props;
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const cells = panel.type === "status-history";
  const merge = !cells && options.mergeValues !== false;
  const lanes = useMemo(
    () => lanesOf(frames, { merge, cells, dark, hues, until: range.to }),
    [frames, merge, cells, dark, hues, range.to],
  );
  const states = useMemo(() => statesOf(lanes, dark), [lanes, dark]);
  const [page, setPage] = useState(0);
  const [pointed, setPointed] = useState<string>();
  if (lanes.every((one) => one.runs.length === 0)) return <NoData />;

  const perPage = Math.max(1, number(options.perPage) ?? USUAL_PAGE);
  const pages = Math.ceil(lanes.length / perPage);
  const current = Math.min(page, pages - 1);
  const legend = legendPlace(
    options.legend,
    width,
    height,
    states.map((one) => one.name),
  );
  const room = {
    width: width - (legend.side === "right" ? legend.px : 0),
    height: height - (legend.side === "bottom" ? legend.px : 0),
  };
  const fill = Math.max(0, Math.min(100, number(lanes[0]?.config.custom.fillOpacity) ?? USUAL_FILL));
  const look: CSSProperties & Record<string, string> = { "--fill": `${fill}%` };
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"} data-testid="state-timeline">
      <div className={styles.states} style={{ ...room, ...look }}>
        <StatePlot
          {...props}
          lanes={lanes.slice(current * perPage, (current + 1) * perPage)}
          width={room.width}
          height={room.height - (pages > 1 ? PAGER_PX : 0)}
          namesPx={namesPx(lanes, room.width)}
          pointed={pointed}
        />
        {pages > 1 && <Pager page={current} pages={pages} onPage={setPage} />}
      </div>
      <PlacedLegend
        place={legend}
        columns={[]}
        entries={states.map((one) => ({ ...one, figures: [], texts: [] }))}
        hidden={NONE}
        onHide={keep}
        onPoint={setPointed}
      />
    </div>
  );
}

/** Room of the names of lanes; zero where they are hidden. */
function namesPx(lanes: readonly Lane[], width: number): number {
  if (lanes.every((one) => one.config.custom.axisPlacement === "hidden")) return 0;
  const longest = lanes.reduce((most, one) => Math.max(most, textEm(one.name)), 0) * NAME_PX + NAME_PAD_PX;
  return Math.round(number(lanes[0]?.config.custom.axisWidth) ?? Math.min(width * 0.35, longest));
}
