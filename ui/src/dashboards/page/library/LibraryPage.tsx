// The panels of the library: where each stands, renamed, edited and taken away here.
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type LibraryElement, listLibrary, removeFromLibrary } from "../../../api/dashboards/library";
import { usePageTitle } from "../../../app/pageTitle";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { Notice } from "../../../ui/Notice";
import { SkeletonRows } from "../../../ui/Skeletons";
import { CHOICES } from "../../edit/options/options";
import styles from "../page.module.css";
import { LibraryPlaces } from "./LibraryPlaces";

export function LibraryPage() {
  usePageTitle("Library panels");
  const client = useQueryClient();
  const [words, setWords] = useState("");
  const found = useQuery({ queryKey: ["library"], queryFn: ({ signal }) => listLibrary(signal), staleTime: 0 });
  const remove = useMutation({
    mutationFn: removeFromLibrary,
    onSettled: () => client.invalidateQueries({ queryKey: ["library"] }),
  });
  const asked = words.toLowerCase();
  const shown = (found.data ?? []).filter((one) => `${one.name} ${one.type}`.toLowerCase().includes(asked));
  return (
    <div className={styles.listPage} data-testid="library-page">
      <div className={styles.listHead}>
        <input
          className={styles.find}
          placeholder="Find a panel by name or kind"
          aria-label="Find a panel of the library"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <span className={styles.gap} />
        <Button size="compact-sm" variant="default" component={Link} to="/dashboards">
          Dashboards
        </Button>
      </div>
      {found.error !== null && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {remove.error !== null && <ErrorNotice error={remove.error} title="Not removed" />}
      {found.isLoading && <SkeletonRows rows={6} />}
      {found.data !== undefined && shown.length === 0 && (
        <Notice title={found.data.length === 0 ? "The library is empty" : "No panel of that name"}>
          The menu of a panel on a dashboard puts it into the library; then it stands on as many dashboards as you like
          and is edited once for all of them.
        </Notice>
      )}
      {shown.length > 0 && (
        <section className={styles.folder}>
          {shown.map((one) => (
            <Row key={one.uid} one={one} busy={remove.isPending} onRemove={() => remove.mutate(one.uid)} />
          ))}
        </section>
      )}
    </div>
  );
}

function Row({ one, busy, onRemove }: { one: LibraryElement; busy: boolean; onRemove: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <div className={styles.hit} data-testid="library-row">
      <Link to="/library-panels/$uid" params={{ uid: one.uid }} className={styles.hitName}>
        {one.name}
      </Link>
      <span className={styles.hitNote}>
        {CHOICES[one.type] ?? one.type} · <LibraryPlaces element={one} />
      </span>
      <span className={styles.tags}>
        {asking ? (
          <>
            <Button size="compact-xs" color="red" variant="light" loading={busy} onClick={onRemove}>
              Remove {one.name}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setAsking(false)}>
              Keep it
            </Button>
          </>
        ) : (
          <button
            type="button"
            className={styles.quiet}
            disabled={one.dashboards > 0}
            title={one.dashboards > 0 ? "Dashboards show it: take it off them first" : "Take it out of the library"}
            onClick={() => setAsking(true)}
          >
            Remove
          </button>
        )}
      </span>
    </div>
  );
}
