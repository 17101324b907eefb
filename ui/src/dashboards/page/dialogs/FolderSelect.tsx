// Which folder a dashboard goes into; a new one is made by its name.
import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createFolder, folderPath, listFolders } from "../../../api/dashboards/folders";

export interface FolderChoice {
  /** Empty: at the top. */
  readonly uid: string;
  /** Title of a folder that is still to be made. */
  readonly fresh: string | undefined;
}

/** The uid of the chosen folder, made when it is new. */
export async function settleFolder(choice: FolderChoice): Promise<string> {
  const title = choice.fresh?.trim() ?? "";
  return title === "" ? choice.uid : createFolder(title);
}

/** No folder has a uid with a space. */
const FRESH = "new folder";

export function FolderSelect({ value, onChange }: { value: FolderChoice; onChange: (value: FolderChoice) => void }) {
  const found = useQuery({ queryKey: ["folders"], queryFn: ({ signal }) => listFolders(signal), staleTime: 5_000 });
  const folders = found.data ?? [];
  const options = folders
    .map((one) => ({ value: one.uid, label: folderPath(folders, one.uid) }))
    .sort((a, b) => a.label.localeCompare(b.label));
  // The folder it stands in is an option even before the list has come.
  if (value.uid !== "" && !options.some((one) => one.value === value.uid)) {
    options.push({ value: value.uid, label: value.uid });
  }
  return (
    <>
      <NativeSelect
        label="Folder"
        value={value.fresh === undefined ? value.uid : FRESH}
        data={[{ value: "", label: "Dashboards" }, ...options, { value: FRESH, label: "A new folder" }]}
        onChange={(event) => {
          const uid = event.currentTarget.value;
          onChange(uid === FRESH ? { uid: "", fresh: "" } : { uid, fresh: undefined });
        }}
      />
      {value.fresh !== undefined && (
        <TextInput
          label="Title of the folder"
          value={value.fresh}
          onChange={(event) => onChange({ uid: "", fresh: event.currentTarget.value })}
        />
      )}
    </>
  );
}
