// Big numbers, each with its name and a small line of how it came to be.
import { number, record, text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { percentChange } from "../compute/change";
import { reduceFrames } from "../compute/reduced";
import { filledLinks } from "../links/dataLinks";
import { LinkedBox } from "../links/LinkedBox";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { gridOf } from "./fit";
import { Stat } from "./Stat";
import styles from "./single.module.css";
import { statLook } from "./stat";

const GAP_PX = 6;
/** Lower boxes are not read: more of them than fit are scrolled. */
const LEAST_BOX_PX = 30;

export function StatPanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const all = reduceFrames(frames, options, dark, hues);
  if (all.length === 0) return <Nothing words={panel.defaults.noValue} height={height} />;
  const { columns, rows } = gridOf(all.length, width, height, text(options.orientation, "auto"));
  const mode = text(options.textMode, "auto");
  const named = mode === "name" || mode === "value_and_name" || (mode === "auto" && all.length > 1);
  const valued = mode !== "name" && mode !== "none";
  const graph = options.graphMode !== "none";
  const changeMode = text(options.percentChangeColorMode, "standard");
  const changes = all.map((one) =>
    options.showPercentChange === true ? percentChange(one.history, changeMode) : undefined,
  );
  const sizes = record(options.text);
  const box = { width: (width - 16) / columns - GAP_PX, height: Math.max(LEAST_BOX_PX, (height - 8) / rows - GAP_PX) };
  const look = (isDrawn: boolean) =>
    statLook({
      ...box,
      values: all.map((one) => one.words),
      names: all.map((one) => one.name),
      named,
      valued,
      graph: isDrawn,
      change: changes.some((one) => one !== undefined),
      wide: options.wideLayout !== false,
      titleSize: number(sizes.titleSize),
      valueSize: number(sizes.valueSize),
    });
  const looks = { drawn: look(true), plain: look(false) };
  return (
    <div
      className={styles.cells}
      style={{
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        gridAutoRows: `minmax(${LEAST_BOX_PX}px, 1fr)`,
      }}
    >
      {all.map((one, index) => (
        <LinkedBox key={one.key} links={filledLinks(one, lookup)}>
          <Stat
            one={one}
            look={graph && one.history.filter((value) => value !== null).length > 1 ? looks.drawn : looks.plain}
            named={named}
            valued={valued}
            colorMode={text(options.colorMode, "value")}
            centered={options.justifyMode === "center" || !named}
            change={changes[index]}
            changeSize={number(sizes.percentSize)}
          />
        </LinkedBox>
      ))}
    </div>
  );
}

function Nothing({ words, height }: { words: string | undefined; height: number }) {
  if (words === undefined) return <NoData />;
  return (
    <div className={styles.cells}>
      <div className={styles.stat} data-centered="true" data-testid="stat">
        <div className={styles.statValue} style={{ fontSize: Math.min(48, height * 0.45), color: "var(--muted)" }}>
          {words}
        </div>
      </div>
    </div>
  );
}
