// Other settings for some of the fields: those of a name, a pattern, a type or a query.
import { NativeSelect } from "@mantine/core";
import { list, record, text } from "../../api/decode";
import { IconButton } from "../../ui/IconButton";
import { atPath } from "../model/patch/path";
import styles from "./edit.module.css";
import { argumentOf, MATCHERS, Matched } from "./Matched";
import { propertiesOf, propertyOf } from "./options/options";
import type { PartProps } from "./part";
import { JsonField } from "./values/JsonField";
import { ValueField } from "./values/ValueField";

interface Property {
  readonly id: string;
  readonly value: unknown;
}

export interface OverridesProps extends PartProps {
  type: string;
  /** Names of the fields that are there now. */
  names: readonly string[];
  /** Letters of the queries. */
  letters: readonly string[];
}

export function Overrides({ json, onChange, ...rest }: OverridesProps) {
  const overrides = list(atPath(json, ["fieldConfig", "overrides"])).map(record);
  const put = (next: readonly unknown[]) => onChange(["fieldConfig", "overrides"], next);
  const add = () => put([...overrides, { matcher: { id: "byName", options: rest.names[0] ?? "" }, properties: [] }]);
  return (
    <div className={styles.options} data-testid="overrides">
      {overrides.length === 0 && (
        <p className={styles.none}>Overrides give some of the fields another unit, colour, axis or look.</p>
      )}
      {overrides.map((one, index) => (
        <Override
          // biome-ignore lint/suspicious/noArrayIndexKey: an override is its place
          key={index}
          index={index}
          override={one}
          {...rest}
          onChange={(next) => put(overrides.map((other, at) => (at === index ? next : other)))}
          onRemove={() => put(overrides.filter((_, at) => at !== index))}
        />
      ))}
      <button type="button" className={styles.add} onClick={add}>
        Add an override
      </button>
    </div>
  );
}

interface OverrideProps extends Omit<OverridesProps, "json" | "onChange"> {
  index: number;
  override: ReturnType<typeof record>;
  onChange: (override: unknown) => void;
  onRemove: () => void;
}

function Override({ index, override, type, names, letters, onChange, onRemove }: OverrideProps) {
  const matcher = record(override.matcher);
  const properties = list(override.properties).map((one): Property => {
    const json = record(one);
    return { id: text(json.id), value: json.value };
  });
  const put = (next: readonly Property[]) => onChange({ ...override, properties: next });
  const known = propertiesOf(type).filter((one) => !properties.some((two) => two.id === one.id));
  const kind = text(matcher.id, "byName");
  return (
    <section className={styles.override}>
      <div className={styles.overrideHead}>
        <NativeSelect
          size="xs"
          aria-label={`Matcher of override ${index + 1}`}
          value={kind}
          data={MATCHERS.some((one) => one.value === kind) ? MATCHERS : [...MATCHERS, { value: kind, label: kind }]}
          onChange={(event) => {
            const id = event.currentTarget.value;
            onChange({ ...override, matcher: { id, options: argumentOf(id, names, letters) } });
          }}
        />
        <IconButton icon="close" label={`Remove override ${index + 1}`} size={24} onClick={onRemove} />
      </div>
      <Matched
        name={`override ${index + 1}`}
        kind={kind}
        value={matcher.options}
        names={names}
        letters={letters}
        onChange={(options) => onChange({ ...override, matcher: { ...matcher, options } })}
      />
      {properties.map((one, at) => (
        <div key={one.id} className={styles.property}>
          <PropertyField
            property={one}
            type={type}
            onChange={(value) => put(properties.map((two, place) => (place === at ? { id: one.id, value } : two)))}
          />
          <IconButton
            icon="close"
            label={`Remove ${propertyOf(one.id, type)?.label ?? one.id} of override ${index + 1}`}
            size={22}
            onClick={() => put(properties.filter((_, place) => place !== at))}
          />
        </div>
      ))}
      <NativeSelect
        size="xs"
        aria-label={`Add a property to override ${index + 1}`}
        value=""
        data={[
          { value: "", label: "Add a property" },
          ...known.map((one) => ({ value: one.id ?? "", label: `${one.group}: ${one.label}` })),
        ]}
        onChange={(event) => {
          const id = event.currentTarget.value;
          if (id !== "") put([...properties, { id, value: USUAL[id] }]);
        }}
      />
    </section>
  );
}

/** What a property begins as, where nothing is no good beginning. */
const USUAL: Readonly<Record<string, unknown>> = {
  color: { mode: "fixed", fixedColor: "blue" },
  "custom.hideFrom": { viz: true, legend: true, tooltip: true },
  "custom.hidden": true,
  "custom.axisPlacement": "right",
  "custom.transform": "negative-Y",
  "custom.lineStyle": { fill: "dash", dash: [10, 10] },
};

/** `member` of an object is edited, the rest of the object stays. */
interface PropertyFieldProps {
  property: Property;
  type: string;
  onChange: (value: unknown) => void;
}

function PropertyField({ property, type, onChange }: PropertyFieldProps) {
  const option = propertyOf(property.id, type);
  if (option === undefined) return <JsonField label={property.id} value={property.value} onChange={onChange} />;
  const { member } = option;
  if (member === undefined) return <ValueField option={option} value={property.value} onChange={onChange} />;
  const before = record(property.value);
  return (
    <ValueField option={option} value={before[member]} onChange={(value) => onChange({ ...before, [member]: value })} />
  );
}
