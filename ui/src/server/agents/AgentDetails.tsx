// One agent: what it sends and what goes wrong there, targets that fail, its configuration.
import type { RegisteredAgent } from "../../api/oriel/agents";
import { ago, bytes, short, whole } from "../../format/number";
import { CopyButton } from "../../ui/copy/CopyButton";
import { Toggle } from "../../ui/Toggle";
import styles from "../server.module.css";

interface Props {
  agent: RegisteredAgent;
  now: number;
  onForget: () => void;
}

export function AgentDetails({ agent, now, onForget }: Props) {
  return (
    <div className={styles.details} data-testid="agent-details">
      <div className={styles.tools}>
        <span className={styles.muted}>
          Started {ago(agent.started, now)}, known here since {ago(agent.firstSeen, now)}, holds{" "}
          {bytes(agent.memoryBytes)} of memory
        </span>
        <span className={styles.gap} />
        <Toggle icon="close" label="Forget it" onClick={onForget} />
      </div>
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Sends</th>
            <th>To</th>
            <th className={styles.right}>Acknowledged</th>
            <th className={styles.right}>Refused</th>
            <th className={styles.right}>Waiting</th>
            <th>Last failure</th>
          </tr>
        </thead>
        <tbody>
          {agent.deliveries.map((one) => (
            <tr key={one.signal}>
              <td>{one.signal}</td>
              <td className={styles.mono}>{one.url || "nowhere"}</td>
              <td className={styles.right} title={whole(one.sent)}>
                {short(one.sent)}
              </td>
              <td className={styles.right}>
                <span className={one.refused > 0 ? styles.bad : undefined}>{short(one.refused)}</span>
              </td>
              <td className={styles.right}>{short(one.waiting)}</td>
              <td className={styles.bad}>{one.lastError}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {agent.failing.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th>Job</th>
              <th>Target that is down</th>
              <th>Error</th>
            </tr>
          </thead>
          <tbody>
            {agent.failing.map((one) => (
              <tr key={`${one.job} ${one.url}`}>
                <td>{one.job}</td>
                <td className={styles.mono}>{one.url}</td>
                <td className={styles.bad}>{one.error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.tools}>
        <h3 className={styles.heading}>Its configuration, without secrets</h3>
        <span className={styles.gap} />
        <CopyButton label="Copy" text={() => agent.config} />
      </div>
      <pre className={styles.yaml} data-low="true">
        {agent.config}
      </pre>
    </div>
  );
}
