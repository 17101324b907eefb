// What every panel gets: its frames with all options applied, its size, and ways out.
import type { Range } from "../../time/range";
import type { DataFrame } from "../data/frame";
import type { Panel } from "../model/types";
import type { Lookup } from "../variables/interpolate";

export interface PanelProps {
  readonly panel: Panel;
  readonly frames: readonly DataFrame[];
  readonly range: Range;
  readonly width: number;
  readonly height: number;
  readonly lookup: Lookup;
  readonly syncKey: string | undefined;
  readonly onZoom: (range: Range) => void;
  readonly onBack: () => void;
}
