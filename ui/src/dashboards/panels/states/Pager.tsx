// One page of lanes after the other.
import { IconButton } from "../../../ui/IconButton";
import styles from "./states.module.css";

interface Props {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

export function Pager({ page, pages, onPage }: Props) {
  return (
    <div className={styles.pager} data-testid="pager">
      <IconButton icon="left" label="Page before" size={22} disabled={page === 0} onClick={() => onPage(page - 1)} />
      <span>
        {page + 1} of {pages}
      </span>
      <IconButton
        icon="right"
        label="Next page"
        size={22}
        disabled={page >= pages - 1}
        onClick={() => onPage(page + 1)}
      />
    </div>
  );
}
