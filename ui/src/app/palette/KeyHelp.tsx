// The list of all keys, behind the question mark.

import { Dialog } from "../../ui/Dialog";
import { SHORTCUTS } from "../keyboard/keys";
import styles from "./Palette.module.css";

const LOCAL: readonly [string, string][] = [
  ["mod+enter", "Run the query (in an editor)"],
  ["drag", "Zoom into a chart"],
  ["shift+drag", "Pan a chart"],
  ["double click", "Back to the range before"],
  ["j / k", "Next and previous log line or span"],
  ["Enter", "Open the selected line or span"],
  ["Esc", "Close what is open"],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Keys" size={460}>
      <div className={styles.help}>
        {[...SHORTCUTS.map((one): [string, string] => [one.keys, one.label]), ...LOCAL].map(([keys, label]) => (
          <div key={keys} className={styles.helpRow}>
            <span>{label}</span>
            <kbd>{keys.replace("ArrowLeft", "←").replace("ArrowRight", "→")}</kbd>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
