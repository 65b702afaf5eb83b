// A picture of a lesson in its frame. It is fetched, and its worker started, when the reader comes near and the graph is there:
// most lessons can be used without. Until then its room is kept free, so that nothing moves when it comes.

import { type ReactElement, Suspense, useRef, useState } from "react";
import { useAfterGraph } from "../explorer/graph-first.ts";
import { useText } from "../language/language.ts";
import { useIsSeen } from "../shell/is-seen.ts";
import type { Section } from "./lessons.ts";
import { Prose } from "./prose.tsx";
import { rooms, type WidgetFacts, widgets } from "./widgets/all.ts";

interface PictureFacts extends WidgetFacts {
  readonly section: Extract<Section, { kind: "widget" }>;
}

export function Picture({ section: { widget, caption }, ...facts }: PictureFacts): ReactElement {
  const text = useText();
  const place = useRef<HTMLElement>(null);
  const isSeen = useIsSeen(place);
  const isTime = useAfterGraph();
  const [isWanted, setWanted] = useState(false);
  if (isSeen && isTime && !isWanted) setWanted(true);
  const Widget = widgets[widget];
  const [narrow, wide] = rooms[widget];
  const room = (
    <div
      className="widget-room"
      style={{ "--narrow": `${narrow}px`, "--wide": `${wide}px` } as React.CSSProperties}
    />
  );
  return (
    <figure className="widget" ref={place}>
      {isWanted ? (
        <Suspense fallback={room}>
          <Widget {...facts} />
        </Suspense>
      ) : (
        room
      )}
      <figcaption>
        <Prose text={text(caption)} />
      </figcaption>
    </figure>
  );
}
