// A field to type into or to choose in: what the server offers is asked for when the field is entered.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import styles from "./build.module.css";

/** The browser's list gets slow beyond this; typing narrows it. */
const MOST_OFFERED = 300;

interface Props {
  label: string;
  value: string;
  /** What the offer depends on. */
  about: readonly string[];
  offer: (signal: AbortSignal) => Promise<readonly string[]>;
  wide?: boolean;
  /** A list: what is typed before the last comma stays. */
  many?: boolean;
  onChange: (value: string) => void;
  onRun: () => void;
}

export function Choice({ label, value, about, offer, wide, many, onChange, onRun }: Props) {
  const id = useId();
  const [entered, setEntered] = useState(false);
  const answer = useQuery({
    queryKey: ["choice", label, ...about],
    queryFn: ({ signal }) => offer(signal),
    enabled: entered,
    staleTime: 30_000,
    // A field without an offer can still be typed into; the query itself will tell what is wrong.
    retry: false,
  });
  const comma = many === true ? value.lastIndexOf(",") : -1;
  const before = comma < 0 ? "" : `${value.slice(0, comma + 1)} `;
  const typed = value
    .slice(comma + 1)
    .trim()
    .toLowerCase();
  const offered = (answer.data ?? []).filter((one) => one.toLowerCase().includes(typed)).slice(0, MOST_OFFERED);
  return (
    <>
      <input
        className={styles.field}
        data-wide={wide}
        aria-label={label}
        placeholder={label}
        title={value}
        list={id}
        value={value}
        size={Math.max(8, Math.min(wide === true ? 48 : 28, (value || label).length + 2))}
        onFocus={() => setEntered(true)}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onRun();
        }}
        spellCheck={false}
        autoComplete="off"
      />
      <datalist id={id}>
        {offered.map((one) => (
          <option key={one} value={`${before}${one}`} />
        ))}
      </datalist>
    </>
  );
}
