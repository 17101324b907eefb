// Asks before a dashboard takes on the form of elements, which what is asked for needs.
import { Button } from "@mantine/core";
import { Dialog } from "../../../ui/Dialog";
import styles from "../page.module.css";

/** What only dashboards of elements have. */
export type ElementsOnly = "tab" | "grid";

const WORDS: Readonly<Record<ElementsOnly, string>> = {
  tab: "Tabs need",
  grid: "A grid that fills itself needs",
};

interface Props {
  wanted: ElementsOnly;
  onConvert: () => void;
  onClose: () => void;
}

export function ConvertDialog({ wanted, onConvert, onClose }: Props) {
  return (
    <Dialog onClose={onClose} title="Change the form of this dashboard" size={460}>
      <p>
        {WORDS[wanted]} the newer form of dashboards (v2). Panels, variables, annotations and links are taken over;
        tools that read the older form only will not read it any more. Nothing is stored before you save, and “Undo”
        goes back.
      </p>
      <div className={styles.buttons}>
        <Button size="xs" variant="default" onClick={onClose}>
          Leave it
        </Button>
        <Button size="xs" onClick={onConvert} data-autofocus data-testid="convert">
          Change the form
        </Button>
      </div>
    </Dialog>
  );
}
