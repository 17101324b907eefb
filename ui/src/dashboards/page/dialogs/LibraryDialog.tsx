// Panels of the library, to put one onto this dashboard.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type LibraryElement, listLibrary } from "../../../api/dashboards/library";
import { count } from "../../../format/number";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { Notice } from "../../../ui/Notice";
import { CHOICES } from "../../edit/options/options";
import styles from "../page.module.css";

interface Props {
  onPick: (element: LibraryElement) => void;
  onClose: () => void;
}

export function LibraryDialog({ onPick, onClose }: Props) {
  const [words, setWords] = useState("");
  const found = useQuery({ queryKey: ["library"], queryFn: ({ signal }) => listLibrary(signal), staleTime: 0 });
  const shown = (found.data ?? []).filter((one) => one.name.toLowerCase().includes(words.toLowerCase()));
  return (
    <Dialog onClose={onClose} title="Add a panel of the library" size={560}>
      <input
        className={styles.find}
        placeholder="Find a panel"
        aria-label="Find a panel of the library"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        data-autofocus
      />
      {found.error !== null && <ErrorNotice error={found.error} />}
      {found.data !== undefined && shown.length === 0 && (
        <Notice title={found.data.length === 0 ? "The library is empty" : "No panel of that name"}>
          The menu of a panel puts it into the library.
        </Notice>
      )}
      <div className={styles.versions} data-testid="library">
        {shown.map((one) => (
          <button type="button" key={one.uid} className={styles.version} onClick={() => onPick(one)}>
            <b>{one.name}</b>
            <span>{CHOICES[one.type] ?? one.type}</span>
            <span className={styles.versionWords}>on {count(one.dashboards, "dashboard")}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
