// Words for a moment or a while on a chart, stored with the dashboard.
import { Button, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addAnnotation } from "../../api/dashboards/annotations";
import { absolute, type Range } from "../../time/range";
import { Dialog } from "../../ui/Dialog";
import { ErrorNotice } from "../../ui/ErrorNotice";
import styles from "../page/page.module.css";

interface Props {
  dashboardUid: string;
  panelId: number;
  /** Both ends are one for a moment. */
  span: Range;
  onClose: () => void;
}

export function AddAnnotation({ dashboardUid, panelId, span, onClose }: Props) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [tags, setTags] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const [time, timeEnd] = [Math.round(span.from), Math.round(span.to)];
      const named = tags.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
      await addAnnotation({ dashboardUid, panelId, time, timeEnd, text, tags: named });
      await client.invalidateQueries({ queryKey: ["annotations"] });
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  const when = span.to > span.from ? `${absolute(span.from)} to ${absolute(span.to)}` : absolute(span.from);
  return (
    <Dialog onClose={onClose} title={`Annotate ${when}`} size={460}>
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
          <Button type="submit" size="xs" loading={busy} disabled={text.trim() === ""}>
            Store
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
