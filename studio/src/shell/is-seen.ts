// Whether an element is on the screen or near it, for what is made only in sight: charts of a run, pictures of a lesson.

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
