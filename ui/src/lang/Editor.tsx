// The query editor: CodeMirror with our colours, completion, and the server's error underlined where it points.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useEffectEvent, useRef } from "react";
import { editorTheme, highlightStyle } from "./editorTheme";
import type { Fault } from "./fault";

interface Props {
  value: string;
  label: string;
  hint: string;
  /** Language and completion; must keep its identity between renders. */
  language: Extension;
  fault: Fault | undefined;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function Editor({ value, label, hint, language, fault, onChange, onRun }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const change = useEffectEvent((text: string) => onChange(text));
  const run = useEffectEvent(() => onRun());
  const start = useEffectEvent(() => value);

  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    const asked = () => {
      run();
      return true;
    };
    const editor = new EditorView({
      doc: start(),
      parent,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: asked },
            { key: "Shift-Enter", run: asked },
            { key: "Tab", run: acceptCompletion },
          ]),
        ),
        history(),
        closeBrackets(),
        bracketMatching(),
        autocompletion({ maxRenderedOptions: 60, icons: false }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        syntaxHighlighting(highlightStyle),
        editorTheme,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        placeholder(hint),
        lintGutter({ hoverTime: 0 }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) change(update.state.doc.toString());
        }),
        language,
      ],
    });
    view.current = editor;
    return () => {
      view.current = undefined;
      editor.destroy();
    };
  }, [label, hint, language]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const size = editor.state.doc.length;
    const from = Math.min(fault?.from ?? 0, size);
    const to = Math.min(fault?.to ?? 0, size);
    const marks =
      fault === undefined ? [] : [{ from, to: Math.max(from, to), severity: "error" as const, message: fault.message }];
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [fault]);

  return <div ref={host} data-testid="editor" />;
}
