// A text that counts when it is left, not while it is typed: each change is one step back. Enter leaves it.
import { Textarea, TextInput } from "@mantine/core";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  note?: string | undefined;
  error?: string | undefined;
  rows?: number;
  /** The label is read, not seen. */
  bare?: boolean;
  mono?: boolean;
}

export function TextField({ label, value, onChange, hint, note, error, rows, bare = false, mono = false }: Props) {
  const shared = {
    size: "xs" as const,
    defaultValue: value,
    placeholder: hint,
    error,
    description: note,
    ...(bare ? { "aria-label": label } : { label }),
    ...(mono ? { styles: { input: { fontFamily: "var(--font-mono)" } } } : {}),
  };
  const leave = (typed: string) => {
    if (typed !== value) onChange(typed);
  };
  if (rows !== undefined) {
    return <Textarea key={value} {...shared} rows={rows} onBlur={(event) => leave(event.currentTarget.value)} />;
  }
  return (
    <TextInput
      key={value}
      {...shared}
      onBlur={(event) => leave(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}
