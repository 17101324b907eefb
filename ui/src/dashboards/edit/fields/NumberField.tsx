// A number, or none: what is no number is not taken.
import { TextField } from "./TextField";

interface Props {
  label: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  hint?: string | undefined;
  bare?: boolean;
}

export function NumberField({ value, onChange, ...rest }: Props) {
  const take = (typed: string) => {
    const made = Number(typed);
    if (typed.trim() === "") onChange(undefined);
    else if (Number.isFinite(made)) onChange(made);
  };
  return <TextField {...rest} value={value === undefined ? "" : String(value)} onChange={take} />;
}
