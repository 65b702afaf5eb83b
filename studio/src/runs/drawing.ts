// When things are drawn: in the page's own rhythm, each at most once per frame, and no more in one frame than fits into it.

/** Milliseconds of a frame that drawing may begin in; what is left waits for the next. */
const perFrame = 4;

const waiting = new Set<() => void>();
let frame = 0;

/** Draws soon; once, however often it is asked before. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw);
  if (frame === 0) frame = requestAnimationFrame(work);
}

/** Takes a wish back. */
export function drawNot(draw: () => void): void {
  waiting.delete(draw);
}

function work(): void {
  const end = performance.now() + perFrame;
  try {
    for (const draw of waiting) {
      waiting.delete(draw);
      draw();
      if (performance.now() >= end) break;
    }
  } finally {
    frame = waiting.size > 0 ? requestAnimationFrame(work) : 0; // one that fails does not stop the others
  }
}
