// Asks before a dashboard goes.
import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { deleteDashboard } from "../../api";
import type { Dashboard } from "../../model/types";
import styles from "../page.module.css";

export function DeleteDialog({ dashboard, onClose }: { dashboard: Dashboard; onClose: () => void }) {
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const run = async () => {
    try {
      await deleteDashboard(dashboard.uid);
      void navigate({
        to: "/dashboards",
        search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant }),
        ignoreBlocker: true,
      });
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog onClose={onClose} title={`Delete ${dashboard.title}`} size={460}>
      <p>Its versions stay in the store; the dashboard is gone from every list.</p>
      {error !== undefined && <ErrorNotice error={error} />}
      <div className={styles.buttons}>
        <Button size="xs" color="red" onClick={() => void run()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
