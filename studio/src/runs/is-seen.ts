// Whether an element is on the screen or near it: a run may have hundreds of charts, and only those in sight are drawn.

import { type RefObject, useEffect, useState } from "react";

export function useIsSeen(place: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => setSeen(entries.at(-1)!.isIntersecting),
      { rootMargin: "200px" },
    );
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, [place]);
  return isSeen;
}
