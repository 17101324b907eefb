// Stands between unsaved changes and another page: nothing is lost unasked.
import { Button } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { Dialog } from "../../../ui/Dialog";
import styles from "../page.module.css";

interface Props {
  /** Asked when one leaves. */
  isChanged: () => boolean;
  onSave: () => void;
}

export function LeaveGuard({ isChanged, onSave }: Props) {
  const blocker = useBlocker({
    // Within the dashboard the address changes with every zoom and every variable.
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && isChanged(),
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog onClose={blocker.reset} title="Leave with unsaved changes?" size={460}>
      <p className={styles.versionLead}>What was changed on this dashboard since it was saved would be lost.</p>
      <div className={styles.buttons}>
        <Button size="xs" color="red" variant="light" onClick={blocker.proceed}>
          Discard and leave
        </Button>
        <Button size="xs" variant="default" onClick={blocker.reset}>
          Stay
        </Button>
        <Button
          size="xs"
          data-autofocus
          onClick={() => {
            blocker.reset();
            onSave();
          }}
        >
          Save
        </Button>
      </div>
    </Dialog>
  );
}
