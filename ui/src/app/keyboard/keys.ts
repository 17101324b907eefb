// Keys and two-key sequences of the whole page. Pure: the shell feeds key presses in and gets actions out.

export type Action =
  | "home"
  | "explore"
  | "drilldown"
  | "dashboards"
  | "server"
  | "palette"
  | "help"
  | "refresh"
  | "kiosk"
  | "zoom-out"
  | "earlier"
  | "later"
  | "metrics"
  | "logs"
  | "traces";

export const SHORTCUTS: readonly { readonly keys: string; readonly action: Action; readonly label: string }[] = [
  { keys: "g h", action: "home", label: "Go to Home" },
  { keys: "g e", action: "explore", label: "Go to Explore" },
  { keys: "g i", action: "drilldown", label: "Go to Drilldown" },
  { keys: "g d", action: "dashboards", label: "Go to Dashboards" },
  { keys: "g s", action: "server", label: "Go to Server" },
  { keys: "g m", action: "metrics", label: "Explore metrics" },
  { keys: "g l", action: "logs", label: "Explore logs" },
  { keys: "g t", action: "traces", label: "Explore traces" },
  { keys: "mod+k", action: "palette", label: "Open the palette" },
  { keys: "d r", action: "refresh", label: "Refresh" },
  { keys: "d k", action: "kiosk", label: "A dashboard alone on the screen, and back" },
  { keys: "t z", action: "zoom-out", label: "Zoom the time range out" },
  { keys: "t ArrowLeft", action: "earlier", label: "Half a range earlier" },
  { keys: "t ArrowRight", action: "later", label: "Half a range later" },
  { keys: "?", action: "help", label: "Show the keys" },
];

export interface Press {
  readonly key: string;
  readonly mod: boolean;
  readonly alt: boolean;
  /** The focus is where people type. */
  readonly typing: boolean;
  /** Milliseconds on any steady clock. */
  readonly at: number;
}

/** A second key later than this starts a new sequence. */
const SEQUENCE_MS = 1_200;

export class KeyReader {
  #first: { key: string; at: number } | undefined;

  /** The action that this press completes, if any. */
  read(press: Press): Action | undefined {
    if (press.mod) {
      this.#first = undefined;
      return press.key.toLowerCase() === "k" ? "palette" : undefined;
    }
    if (press.typing || press.alt) {
      this.#first = undefined;
      return undefined;
    }
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && press.at - first.at <= SEQUENCE_MS) {
      const action = find(`${first.key} ${press.key}`);
      if (action !== undefined) return action;
    }
    const single = find(press.key);
    if (single !== undefined) return single;
    if (SHORTCUTS.some((one) => one.keys.startsWith(`${press.key} `))) this.#first = { key: press.key, at: press.at };
    return undefined;
  }
}

function find(keys: string): Action | undefined {
  return SHORTCUTS.find((one) => one.keys === keys)?.action;
}
