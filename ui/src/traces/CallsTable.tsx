// The calls of the map as a table: for reading, sorting out by eye, and for those who do not see the map.
import { duration, perTimeAlike } from "../format/number";
import { percent } from "./MapDrawing";
import { type Call, callQuery } from "./serviceGraph";
import styles from "./traces.module.css";

interface Props {
  calls: readonly Call[];
  onSearch: (query: string) => void;
}

export function CallsTable({ calls, onSearch }: Props) {
  const perTime = perTimeAlike(calls.map((one) => one.rate));
  return (
    <table className={styles.table} data-testid="calls">
      <thead>
        <tr>
          <th>Calls</th>
          <th className={styles.number}>Rate</th>
          <th className={styles.number}>Failed</th>
          <th className={styles.number}>On average</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr key={`${call.client} ${call.server}`} onClick={() => onSearch(callQuery(call))}>
            <td className={styles.root}>
              <button
                type="button"
                className={styles.rootButton}
                onClick={(event) => {
                  event.stopPropagation();
                  onSearch(callQuery(call));
                }}
              >
                <span className={styles.clip}>
                  {call.client} <span className={styles.muted}>calls</span> {call.server}
                </span>
              </button>
            </td>
            <td className={styles.number}>{perTime(call.rate)}</td>
            <td className={styles.number}>
              {call.errors > 0 ? <span className={styles.error}>{percent(call.errors / call.rate)}</span> : "0 %"}
            </td>
            <td className={styles.number}>{call.mean === undefined ? "" : duration(call.mean * 1e9)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
