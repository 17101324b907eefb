// What every panel gets: its frames with all options applied, its size, and ways out.
import type { Mark } from "../../charts/plugins/marks";
import type { Range } from "../../time/range";
import type { Annotation } from "../annotations/annotation";
import type { DataFrame } from "../data/frame";
import type { Path } from "../model/patch/path";
import type { Panel } from "../model/types";
import type { Planned } from "../query/plan";
import type { Lookup } from "../variables/interpolate";

export interface PanelProps {
  readonly panel: Panel;
  readonly frames: readonly DataFrame[];
  /** What was asked, for panels that ask for more of it. */
  readonly queries?: readonly Planned[];
  readonly range: Range;
  readonly width: number;
  readonly height: number;
  readonly lookup: Lookup;
  readonly syncKey: string | undefined;
  readonly onZoom: (range: Range) => void;
  readonly onBack: () => void;
  /** Events to draw over a chart. */
  readonly events: readonly Annotation[];
  /** Exemplars to draw over a chart. */
  readonly marks: readonly Mark[];
  readonly onMark: (mark: Mark) => void;
  /** Words are to be stored for a moment or a while; absent where they cannot be. */
  readonly onMoment: ((span: Range) => void) | undefined;
  /** An event that is stored was pressed: it may be said anew or taken away. */
  readonly onEvent?: ((id: number) => void) | undefined;
  /** A label joins the filters over the dashboard; absent where it has none. The same again takes it away. */
  readonly onFilter?: ((label: string, value: string, operator: "=" | "!=") => void) | undefined;
  /** In the editor: what is done to the panel itself, such as a wider column, becomes a setting of it. */
  readonly onSetting?: ((path: Path, change: (before: unknown) => unknown) => void) | undefined;
}
