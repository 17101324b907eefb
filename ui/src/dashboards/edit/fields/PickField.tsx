// One of some choices; what a dashboard says beyond them is a choice too.
import { NativeSelect } from "@mantine/core";

interface Props {
  label: string;
  value: string;
  choices: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
  /** The label is read, not seen. */
  bare?: boolean;
}

export function PickField({ label, value, choices, onChange, bare = false }: Props) {
  const all = choices.some((one) => one.value === value) ? choices : [...choices, { value, label: value }];
  return (
    <NativeSelect
      size="xs"
      {...(bare ? { "aria-label": label } : { label })}
      value={value}
      data={[...all]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
