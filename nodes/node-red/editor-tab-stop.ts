/**
 * Makes a long list of ticks one stop of the Tab key: in it the arrows lead on, Home and End to its ends. Returns a
 * function that is to be called when ticks are shown, hidden or disabled.
 */
export function oneTabStop(list: JQuery): () => void {
  const settle = (focused?: Element): void => {
    const boxes = reachable(list);
    const stop = boxes.find((box) => box === focused) ?? boxes.find((box) => box.tabIndex === 0) ?? boxes[0];
    list.find("input").attr("tabindex", -1);
    if (stop !== undefined) stop.tabIndex = 0;
  };
  list.on("keydown", (event) => move(reachable(list), event));
  list.on("focusin", ({ target }) => settle(target));
  return () => settle();
}

function reachable(list: JQuery): HTMLElement[] {
  return list
    .find("input")
    .get()
    .filter((box) => box.matches(":enabled") && box.checkVisibility());
}

function move(boxes: readonly HTMLElement[], event: JQuery.KeyDownEvent): void {
  const at = boxes.findIndex((box) => box.matches(":focus"));
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: boxes.length - 1,
  };
  const target = targets[event.key];
  if (at < 0 || target === undefined) return;
  event.preventDefault();
  boxes[target]?.focus();
}
