import { brokerDefaults } from "../../nodes/octoprint-broker/settings.ts";
import { controlDefaults } from "../../nodes/octoprint-control/settings.ts";
import { inDefaults } from "../../nodes/octoprint-in/settings.ts";
import { outDefaults } from "../../nodes/octoprint-mqtt-out/settings.ts";
import { printerDefaults } from "../../nodes/octoprint-printer/settings.ts";
import { serverDefaults } from "../../nodes/octoprint-server/settings.ts";

// Flows as the editor saves them: every setting is there.

interface Settings {
  readonly id: string;
  readonly [property: string]: unknown;
}

export const tab = { id: "tab", type: "tab", label: "Flow 1", disabled: false, info: "", env: [] };

/** Without a server, unless one is given: nothing is connected. */
export function brokerNode(settings: Settings): object {
  return { ...brokerDefaults, type: "octoprint-broker", ...settings };
}

/** Without an address, unless one is given. */
export function serverNode(settings: Settings): object {
  return { ...serverDefaults, type: "octoprint-server", ...settings };
}

export function printerNode(settings: Settings): object {
  return { ...printerDefaults, type: "octoprint-printer", broker: "broker", ...settings };
}

export function inNode(settings: Settings & { readonly y: number }): object {
  return { ...inDefaults, type: "octoprint-in", z: "tab", printer: "printer", x: 300, wires: [[]], ...settings };
}

export function outNode(settings: Settings & { readonly y: number }): object {
  return { ...outDefaults, type: "octoprint-mqtt-out", z: "tab", printer: "printer", x: 600, wires: [], ...settings };
}

export function controlNode(settings: Settings & { readonly y: number }): object {
  const defaults = { ...controlDefaults, allowed: [...controlDefaults.allowed] };
  return { ...defaults, type: "octoprint-control", z: "tab", printer: "printer", x: 900, wires: [[]], ...settings };
}

/** A printer on a broker, and one node of each kind. */
export const onePrinter: readonly object[] = [
  tab,
  brokerNode({ id: "broker", name: "Workshop" }),
  printerNode({ id: "printer", name: "Prusa", baseTopic: "workshop/prusa/" }),
  inNode({ id: "in", y: 100 }),
  outNode({ id: "out", y: 100 }),
];
