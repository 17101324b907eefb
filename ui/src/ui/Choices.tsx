// One of a few ways, chosen from a menu whose button says which it is.
import { Menu } from "@mantine/core";
import type { IconName } from "./Icon";
import { Toggle } from "./Toggle";

interface Props<Choice extends string> {
  label: string;
  choices: readonly Choice[];
  words: Readonly<Record<Choice, string>>;
  chosen: Choice;
  icon?: IconName;
  /** Another one than usual. */
  on?: boolean;
  testId?: string;
  onChoose: (choice: Choice) => void;
}

export function Choices<Choice extends string>(props: Props<Choice>) {
  const { label, choices, words, chosen, icon = "down", on, testId, onChoose } = props;
  return (
    <Menu position="bottom-start" offset={4}>
      <Menu.Target>
        <Toggle icon={icon} label={words[chosen]} title={label} on={on} {...(testId === undefined ? {} : { testId })} />
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((one) => (
          <Menu.Item key={one} aria-current={one === chosen} onClick={() => onChoose(one)}>
            {words[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
