// The list of all keys, behind the question mark.

import { Dialog } from "../../ui/Dialog";
import { SHORTCUTS, type Shortcut } from "../keyboard/keys";
import { offeredKeys } from "../keyboard/pageKeys";
import styles from "./Palette.module.css";

const LOCAL: readonly Row[] = [
  ["mod+enter", "Run the query (in an editor)"],
  ["drag", "Zoom into a chart"],
  ["shift+drag", "Pan a chart; up or down: zoom into its values"],
  ["mod+drag", "Annotate a while (mod+click: a moment)"],
  ["double click", "Back to the range before"],
  ["j / k", "Next and previous log line or span"],
  ["Enter", "Open the selected line or span"],
  ["Esc", "Close what is open"],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const ofPage = offeredKeys();
  return (
    <Dialog onClose={onClose} title="Keys" size={ofPage.length > 0 ? 820 : 460}>
      <div className={styles.helpColumns}>
        <KeyList rows={[...SHORTCUTS.map((one): Row => [one.keys, one.label]), ...LOCAL]} />
        {ofPage.length > 0 && <KeyList rows={byLabel(ofPage)} />}
      </div>
    </Dialog>
  );
}

type Row = readonly [keys: string, label: string];

/** Two ways to the same are one row. */
function byLabel(all: readonly Shortcut[]): Row[] {
  const rows = new Map<string, string>();
  for (const { keys, label } of all) rows.set(label, rows.has(label) ? `${rows.get(label)} / ${keys}` : keys);
  return [...rows].map(([label, keys]): Row => [keys, label]);
}

function KeyList({ rows }: { rows: readonly Row[] }) {
  return (
    <div className={styles.help}>
      {rows.map(([keys, label]) => (
        <div key={keys} className={styles.helpRow}>
          <span>{label}</span>
          <kbd>{keys.replace("ArrowLeft", "←").replace("ArrowRight", "→")}</kbd>
        </div>
      ))}
    </div>
  );
}
