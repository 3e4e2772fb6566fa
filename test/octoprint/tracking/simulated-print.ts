import type { Observation } from "../../../nodes/octoprint/tracking/observation.ts";
import { begin } from "./story.ts";

/** The length of the print, s. */
const length = 7_200;
const layers = 150;
/** The bed is heated while nothing moves, s. */
const heating = 150;
const layerHeight = 0.2;
const path = "tower.gcode";

/**
 * A print of two hours as OctoPrint-MQTT 0.8.16 tells it: the bed is heated first, the first five layers take four times as
 * long as the others, each layer has as many bytes, and the analysis of the file is wrong by 3 %.
 */
export function simulatedPrint(): Observation[] {
  const said: Observation[] = [];
  const say = (at: number, kind: "event" | "progress", name: string, fields: object): void => {
    const timestamp = begin + Math.floor(at) * 1000;
    const channel = { kind, name, printer: undefined };
    said.push({ channel, message: fields, timestamp, arrived: begin + at * 1000, retain: false });
  };
  const file = { name: path, path, origin: "local" };
  const result = { estimatedPrintTime: length * 0.97, printingArea: { maxZ: layers * layerHeight } };
  say(-60, "event", "MetadataAnalysisFinished", { ...file, result });
  say(0, "event", "PrinterStateChanged", { state_id: "STARTING", state_string: "Starting" });
  say(0, "event", "PrintStarted", file);
  say(0.1, "event", "PrinterStateChanged", { state_id: "PRINTING", state_string: "Printing" });
  let [last, layer] = [-1, 0];
  for (let at = 5; at < length; at += 5) {
    const done = layersAt(at);
    for (; layer <= Math.floor(done) && layer < layers; layer++)
      say(at - 1, "event", "ZChange", { new: round((layer + 1) * layerHeight), old: round(layer * layerHeight) });
    const progress = Math.round((done / layers) * 100);
    if (progress !== last) say(at, "progress", "printing", { location: "local", path, progress });
    last = progress;
  }
  say(length, "event", "PrintDone", { ...file, time: length });
  return said;
}

/** Layers that are printed at a time, s. */
function layersAt(at: number): number {
  const [slow, times] = [5, 4];
  const each = (length - heating) / (layers + slow * (times - 1));
  const printed = Math.max(0, at - heating) / each;
  return printed < slow * times ? printed / times : printed - slow * (times - 1);
}

function round(z: number): number {
  return Math.round(z * 100) / 100;
}
