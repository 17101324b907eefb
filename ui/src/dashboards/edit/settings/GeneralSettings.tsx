// Title, tags, time and what pointers share.
import { NativeSelect, Switch } from "@mantine/core";
import { record, text, texts } from "../../../api/decode";

import { type General, general, withGeneral } from "../../model/settings/general";
import { TextField } from "../fields/TextField";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";

const ZONES = ["browser", "utc", ...Intl.supportedValuesOf("timeZone")];
const ZONE_WORDS: Readonly<Record<string, string>> = { browser: "Of the browser", utc: "UTC" };

const MONTH = new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" });
const MONTHS = Array.from({ length: 12 }, (_, month) => MONTH.format(Date.UTC(2026, month, 1)));

export function GeneralSettings({ json, onEdit }: SettingsProps) {
  const of = (name: General) => general(json, name);
  const put = (name: General) => (value: unknown) => onEdit((all) => withGeneral(all, name, value));
  const zone = text(of("timezone")) || "browser";
  const refresh = text(of("refresh"));
  const refreshes = ["auto", "5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "1d"];
  return (
    <div className={styles.form} data-testid="general-settings">
      <h2>General</h2>
      <TextField label="Title" value={text(of("title"))} onChange={put("title")} />
      <TextField
        label="Description"
        rows={2}
        value={text(of("description"))}
        onChange={(value) => put("description")(value || undefined)}
      />
      <TextField
        label="Tags"
        hint="host, production"
        value={texts(of("tags")).join(", ")}
        onChange={(value) => put("tags")(value.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()])))}
      />
      <Switch
        size="xs"
        label="May be edited"
        checked={of("editable") !== false}
        onChange={(event) => put("editable")(event.currentTarget.checked)}
      />
      <h3>Time</h3>
      <div className={styles.two}>
        <TextField label="From" hint="now-1h" value={text(of("time.from"))} onChange={put("time.from")} />
        <TextField label="To" hint="now" value={text(of("time.to"))} onChange={put("time.to")} />
        <NativeSelect
          size="xs"
          label="Time zone"
          value={zone}
          data={(ZONES.includes(zone) ? ZONES : [zone, ...ZONES]).map((one) => ({
            value: one,
            label: ZONE_WORDS[one] ?? one,
          }))}
          onChange={(event) => put("timezone")(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Refreshed every"
          value={refresh}
          data={[
            { value: "", label: "Off" },
            ...(refreshes.includes(refresh) || refresh === "" ? refreshes : [refresh, ...refreshes]),
          ]}
          onChange={(event) => put("refresh")(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Weeks begin on"
          value={text(of("weekStart")).toLowerCase()}
          data={[
            { value: "", label: "Monday, as usual" },
            { value: "monday", label: "Monday" },
            { value: "saturday", label: "Saturday" },
            { value: "sunday", label: "Sunday" },
          ]}
          onChange={(event) => put("weekStart")(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Years of accounts begin in"
          value={String(of("fiscalYearStartMonth") ?? 0)}
          data={MONTHS.map((label, value) => ({ value: String(value), label }))}
          onChange={(event) => put("fiscalYearStartMonth")(Number(event.currentTarget.value))}
        />
      </div>
      <h3>Charts</h3>
      <NativeSelect
        size="xs"
        label="Pointer over a chart"
        value={String(of("graphTooltip"))}
        data={[
          { value: "0", label: "Each chart by itself" },
          { value: "1", label: "Crosshair on all charts" },
          { value: "2", label: "Crosshair and tooltip on all charts" },
        ]}
        onChange={(event) => put("graphTooltip")(Number(event.currentTarget.value))}
      />
      {Object.keys(record(json.metadata)).length > 0 && (
        <p className={styles.quiet}>A dashboard of elements: its title, tags and time stand in its spec.</p>
      )}
    </div>
  );
}
