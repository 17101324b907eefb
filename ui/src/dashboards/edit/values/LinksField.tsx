// Links of a panel or of its values: a title, an address with variables, and whether it opens beside.
import { list, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { Toggle } from "../../../ui/Toggle";
import { TextField } from "../fields/TextField";
import styles from "./values.module.css";

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function LinksField({ label, value, onChange }: Props) {
  const links = list(value).map(record);
  const put = (next: readonly unknown[]) => onChange(next.length === 0 ? undefined : next);
  const change = (index: number, member: string, next: unknown) =>
    put(links.map((one, at) => (at === index ? { ...one, [member]: next } : one)));
  return (
    <div className={styles.rows} data-testid="links">
      {links.map((link, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a link is its place
        <div key={index} className={styles.mapping}>
          <div className={styles.row}>
            <TextField
              bare
              label={`Title of link ${index + 1}`}
              hint="title"
              value={text(link.title)}
              onChange={(next) => change(index, "title", next)}
            />
            <Toggle
              label="New tab"
              on={link.targetBlank === true}
              onClick={() => change(index, "targetBlank", link.targetBlank !== true)}
            />
            <Toggle
              label="One click"
              on={link.oneClick === true}
              onClick={() => change(index, "oneClick", link.oneClick === true ? undefined : true)}
            />
            <IconButton
              icon="close"
              label={`Remove link ${index + 1}`}
              size={24}
              onClick={() => put(links.filter((_, at) => at !== index))}
            />
          </div>
          <TextField
            bare
            mono
            label={`Address of link ${index + 1}`}
            hint="/d/uid?var-host=${__field.labels.host}"
            value={text(link.url)}
            onChange={(next) => change(index, "url", next)}
          />
        </div>
      ))}
      <button
        type="button"
        className={styles.add}
        aria-label={`Add to ${label}`}
        onClick={() => put([...links, { title: "", url: "", targetBlank: false }])}
      >
        Add a link
      </button>
    </div>
  );
}
