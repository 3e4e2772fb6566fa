import { isPrinter, type PrinterNode } from "../octoprint-printer/printer-node.ts";
import type { ReceiveContext } from "./receive-context.ts";

/** How often to look whether a deploy has made the printer node anew, ms. */
const every = 1000;

/**
 * Follows another printer node for as long as this node lives: where a deploy makes that one anew alone, its successor.
 * Returns a function that stops this.
 */
export function followNode(
  { RED, reporter }: Pick<ReceiveContext, "RED" | "reporter">,
  id: string,
  follow: (printer: PrinterNode) => () => void,
): () => void {
  let followed: PrinterNode | undefined;
  let stop = (): void => undefined;
  const look = (): void => {
    const found = RED.nodes.getNode(id);
    const printer = isPrinter(found) ? found : undefined;
    if (printer === followed) return;
    stop();
    followed = printer;
    stop = printer === undefined ? () => undefined : follow(printer);
  };
  look();
  if (followed === undefined) reporter.report({ code: "printer-missing" }, { msg: {} });
  const timer = setInterval(look, every).unref();
  return () => {
    clearInterval(timer);
    stop();
  };
}
