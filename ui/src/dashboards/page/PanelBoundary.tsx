// A panel that cannot be drawn says so in its own place: the others of the page stay. Other data or other settings are another try.
import { Component, type ReactNode } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice";

interface Props {
  /** What is drawn; another one of these begins anew. */
  of: readonly unknown[];
  className: string | undefined;
  children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly of: readonly unknown[];
}

export class PanelBoundary extends Component<Props, State> {
  override state: State = { error: undefined, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error ?? new Error("The panel could not be drawn") };
  }

  static getDerivedStateFromProps({ of }: Props, state: State): Partial<State> | null {
    const isSame = of.every((one, at) => one === state.of[at]);
    return isSame ? null : { error: undefined, of };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className={this.props.className}>
        <ErrorNotice
          title="This panel could not be drawn"
          error={error}
          onRetry={() => this.setState({ error: undefined })}
        />
      </div>
    );
  }
}
