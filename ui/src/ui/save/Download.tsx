// A menu of files that can be saved; each is made when it is chosen.
import { Menu } from "@mantine/core";
import { Toggle } from "../Toggle";
import { saveFile } from "./saveFile";

export interface Saved {
  readonly label: string;
  readonly name: string;
  readonly type: string;
  readonly text: () => string | Promise<string>;
}

export function Download({ files }: { files: readonly Saved[] }) {
  const save = async ({ name, type, text }: Saved) => saveFile(name, type, await text());
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <Toggle icon="download" label="Download" testId="download" />
      </Menu.Target>
      <Menu.Dropdown>
        {files.map((one) => (
          <Menu.Item key={one.name} onClick={() => void save(one)}>
            {one.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
