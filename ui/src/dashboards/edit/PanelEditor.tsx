// The panel that is edited: one of this dashboard, whose edits wait until the dashboard is saved, or one of the library.
import { panelJson, settingsOf, withPanelJson, withSetting } from "../model/document";
import type { PlacedPanel } from "../model/section";
import type { Draft } from "../page/draft/useDraft";
import { EditorBody } from "./EditorBody";
import { LibraryPanelEditor } from "./LibraryPanelEditor";

interface Props {
  placed: PlacedPanel;
  draft: Draft;
}

export function PanelEditor({ placed, draft }: Props) {
  const { panel } = placed;
  if (panel.library !== undefined) return <LibraryPanelEditor placed={placed} reference={panel.library} />;
  const { repeat, repeatDirection, maxPerRow } = panel;
  const settings = {
    ...settingsOf(draft.json, panel),
    ...(repeat === "" ? {} : { repeat, repeatDirection, maxPerRow }),
  };
  return (
    <EditorBody
      placed={placed}
      settings={settings}
      written={panelJson(draft.json, panel)}
      onChange={(path, value) => draft.edit((all) => withSetting(all, panel, path, value))}
      onWrite={(next) => draft.edit((all) => withPanelJson(all, panel, next))}
    />
  );
}
