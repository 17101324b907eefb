// What the menu of a panel offers about the library: into it, or a copy out of it.
import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { addToLibrary } from "../../api/dashboards/library";
import { libraryModel } from "../model/library";
import type { Panel } from "../model/types";
import { useDashboard } from "./DashboardContext";

export function LibraryItems({ panel, onFail }: { panel: Panel; onFail: (cause: unknown) => void }) {
  const state = useDashboard();
  const client = useQueryClient();
  if (panel.library !== undefined) {
    return <Menu.Item onClick={() => state.onUnlink(panel)}>Make it a panel of its own</Menu.Item>;
  }
  const share = async () => {
    const model = libraryModel(state.dashboard.json, panel);
    const element = await addToLibrary(panel.title || "Panel", model);
    client.setQueryData(["library", element.uid], element);
    state.onLink(panel, element);
  };
  return <Menu.Item onClick={() => void share().catch(onFail)}>Put into the library</Menu.Item>;
}
