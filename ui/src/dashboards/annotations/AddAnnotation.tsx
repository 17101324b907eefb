// Words for a moment or a while on a chart, stored with the dashboard; other words for those that are stored, or none.
import { Button, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addAnnotation, removeAnnotation, updateAnnotation } from "../../api/dashboards/annotations";
import { absolute, type Range } from "../../time/range";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice } from "../../ui/ErrorNotice";
import styles from "../page/page.module.css";

interface Props {
  dashboardUid: string;
  panelId: number;
  /** Both ends are one for a moment. */
  span: Range;
  /** One that is stored already. */
  stored?: { readonly id: number; readonly text: string; readonly tags: readonly string[] } | undefined;
  onClose: () => void;
}

export function AddAnnotation({ dashboardUid, panelId, span, stored, onClose }: Props) {
  const client = useQueryClient();
  const [text, setText] = useState(stored?.text ?? "");
  const [tags, setTags] = useState((stored?.tags ?? []).join(", "));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
      await client.invalidateQueries({ queryKey: ["annotations"] });
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  const save = () => {
    const [time, timeEnd] = [Math.round(span.from), Math.round(span.to)];
    const named = tags.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
    return run(() =>
      stored === undefined
        ? addAnnotation({ dashboardUid, panelId, time, timeEnd, text, tags: named })
        : updateAnnotation(stored.id, text, named),
    );
  };
  const when = span.to > span.from ? `${absolute(span.from)} to ${absolute(span.to)}` : absolute(span.from);
  return (
    <Dialog onClose={onClose} title={stored === undefined ? `Annotate ${when}` : when} size={460}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Textarea
          label="What happened"
          value={text}
          minRows={2}
          autosize
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <TextInput
          label="Tags"
          placeholder="deploy, checkout"
          value={tags}
          onChange={(event) => setTags(event.currentTarget.value)}
        />
        {error !== undefined && <ErrorNotice error={error} title="Not stored" />}
        <div className={styles.buttons}>
          {stored !== undefined && (
            <Button
              size="xs"
              color="red"
              variant="light"
              disabled={busy}
              onClick={() => void run(() => removeAnnotation(stored.id))}
            >
              Take it away
            </Button>
          )}
          <Button type="submit" size="xs" loading={busy} disabled={text.trim() === ""}>
            Store
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
