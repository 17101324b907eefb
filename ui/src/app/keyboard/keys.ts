// Keys and two-key sequences of the whole page, those of the shell and those that the page that is open offers. Pure: the
// shell feeds key presses in and gets the shortcut out.

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
  | "absolute"
  | "copy-range"
  | "paste-range"
  | "metrics"
  | "logs"
  | "traces";

/** `e`, `d s` (one after the other), `mod+s` (with Ctrl, or with Command). */
export interface Shortcut {
  readonly keys: string;
  readonly label: string;
  /** Where people type the key is the box's own. */
  readonly notTyping?: boolean;
}

export const SHORTCUTS: readonly (Shortcut & { readonly action: Action })[] = [
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
  { keys: "t a", action: "absolute", label: "Hold the time range where it is now" },
  { keys: "t c", action: "copy-range", label: "Copy the time range" },
  { keys: "t v", action: "paste-range", label: "Paste a time range" },
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

  /** The one of the known shortcuts that this press completes, if any. */
  read<T extends Shortcut>(press: Press, known: readonly T[]): T | undefined {
    const find = (keys: string) => known.find((one) => one.keys === keys);
    if (press.mod) {
      this.#first = undefined;
      const found = find(`mod+${press.key.toLowerCase()}`);
      return press.typing && found?.notTyping === true ? undefined : found;
    }
    if (press.typing || press.alt) {
      this.#first = undefined;
      return undefined;
    }
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && press.at - first.at <= SEQUENCE_MS) {
      const second = find(`${first.key} ${press.key}`);
      if (second !== undefined) return second;
    }
    const single = find(press.key);
    if (single !== undefined) return single;
    if (known.some((one) => one.keys.startsWith(`${press.key} `))) this.#first = { key: press.key, at: press.at };
    return undefined;
  }
}
