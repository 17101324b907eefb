// The width of an element in whole pixels, kept up to date. Zero until it is laid out.
import { type RefObject, useEffect, useRef, useState } from "react";

export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(target.clientWidth)));
    observer.observe(target);
    setWidth(Math.floor(target.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
