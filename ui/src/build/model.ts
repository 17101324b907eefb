// What a query is to the builder: what is asked for, its conditions, and the steps that are applied one after the other. Each
// language reads its text into this and writes it back. A text that does not fit is not read at all: nothing may get lost.

export interface Condition {
  readonly name: string;
  readonly op: string;
  /** Without quotes. */
  readonly value: string;
}

export interface Step {
  readonly kind: string;
  readonly args: readonly string[];
}

export interface Built {
  /** The metric; empty in languages that have none. */
  readonly subject: string;
  readonly conditions: readonly Condition[];
  readonly steps: readonly Step[];
}

export interface Argument {
  readonly label: string;
  readonly type: "number" | "duration" | "text" | "labels";
  readonly initial: string;
}

export interface StepKind {
  readonly kind: string;
  readonly group: string;
  readonly label: string;
  readonly args: readonly Argument[];
}

export interface Dialect {
  /** Undefined when the text says more than the builder can show. */
  readonly parse: (text: string) => Built | undefined;
  readonly print: (built: Built) => string;
  /** The first is what a fresh condition gets. */
  readonly ops: readonly string[];
  readonly kinds: readonly StepKind[];
  /** What `subject` is called, where there is one. */
  readonly subject?: string;
  /** What conditions are about. */
  readonly names: string;
}

export const NOTHING: Built = { subject: "", conditions: [], steps: [] };

export const NUMBER: Argument = { label: "number", type: "number", initial: "1" };
export const DURATION: Argument = { label: "window", type: "duration", initial: "$__rate_interval" };
export const LABELS: Argument = { label: "labels", type: "labels", initial: "" };

export function kindOf(kinds: readonly StepKind[], kind: string): StepKind | undefined {
  return kinds.find((one) => one.kind === kind);
}

export function freshStep(kind: StepKind): Step {
  return { kind: kind.kind, args: kind.args.map((one) => one.initial) };
}

/** Moves the step at `from` by one place; out of bounds nothing moves. */
export function moveStep(steps: readonly Step[], from: number, by: 1 | -1): Step[] {
  const moved = [...steps];
  const [a, b] = [moved[from], moved[from + by]];
  if (a === undefined || b === undefined) return moved;
  moved[from] = b;
  moved[from + by] = a;
  return moved;
}

/** Label names of a list argument. */
export function labelList(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
