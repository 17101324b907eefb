// What one hands on: a link to what is shown, the words that frame one panel in another page, or a snapshot of the dashboard.
import { useState } from "react";
import { Dialog } from "../../../ui/Dialog";
import { Toggle } from "../../../ui/Toggle";
import styles from "../page.module.css";
import { LinkForm } from "./LinkForm";
import { SnapshotForm } from "./SnapshotForm";

type Shape = "link" | "embed" | "snapshot";

const SHAPES: Readonly<Record<Shape, string>> = { link: "Link", embed: "Embed", snapshot: "Snapshot" };

interface Props {
  /** One panel, by its key; without it the dashboard. */
  panel?: string | undefined;
  title: string;
  /** What it begins with. */
  as?: Shape;
  onClose: () => void;
}

export function ShareDialog({ panel, title, as = "link", onClose }: Props) {
  const [shape, setShape] = useState<Shape>(as);
  const shapes: readonly Shape[] = ["link", panel === undefined ? "snapshot" : "embed"];
  return (
    <Dialog onClose={onClose} title={`Share ${title}`} size={620}>
      <div className={styles.form}>
        <div className={styles.tabs}>
          {shapes.map((one) => (
            <Toggle key={one} label={SHAPES[one]} on={shape === one} onClick={() => setShape(one)} />
          ))}
        </div>
        {shape === "snapshot" ? <SnapshotForm /> : <LinkForm panel={panel} framed={shape === "embed"} />}
      </div>
    </Dialog>
  );
}
