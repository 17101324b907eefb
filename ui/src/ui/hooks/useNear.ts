// Whether an element is in its scroller's view, or within a share of it. All elements of one scroller share one observer: a hundred
// observers are asked one by one in each frame.
import { type RefObject, useEffect, useState } from "react";

/** Beyond the view on either side. */
const MARGIN = "60% 0px";

type Told = (isNear: boolean) => void;

interface Watch {
  readonly observer: IntersectionObserver;
  readonly told: Map<Element, Told>;
}

const watches = new WeakMap<Element, Watch>();

export function useNear(element: RefObject<Element | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const root = target.closest("main") ?? document.documentElement;
    const { observer, told } = watchOf(root);
    told.set(target, setNear);
    observer.observe(target);
    return () => {
      observer.unobserve(target);
      told.delete(target);
    };
  }, [element]);
  return isNear;
}

function watchOf(root: Element): Watch {
  const found = watches.get(root);
  if (found !== undefined) return found;
  const told = new Map<Element, Told>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const one of entries) told.get(one.target)?.(one.isIntersecting);
    },
    { root: root === document.documentElement ? null : root, rootMargin: MARGIN },
  );
  const watch = { observer, told };
  watches.set(root, watch);
  return watch;
}
