import { fieldsOf } from "../../nodes/server/json.ts";
import type { Scope } from "../support/cleanup.ts";
import { type OctoPrint, startOctoPrint } from "../support/octoprint.ts";

/** How often to look whether the print is over, ms. */
const look = 2000;

/** Who opens this OctoPrint's page on this computer is logged in. */
const settings = {
  appearance: { name: "Virtual printer" },
  accessControl: {
    defaultReauthenticationTimeout: 0,
    autologinLocal: true,
    autologinAs: "ada",
    localNetworks: ["127.0.0.0/8", "::1/128"],
  },
};

/** An OctoPrint that prints the same file on its virtual printer over and over, until the signal. */
export async function startPrinting(scope: Scope, speed: number, signal: AbortSignal): Promise<OctoPrint> {
  const octoPrint = await startOctoPrint(scope, "1.11.8", { settings });
  await octoPrint.connectPrinter();
  await octoPrint.upload("Vase.gcode", vase(speed), true);
  const again = async (): Promise<void> => {
    if (signal.aborted) return;
    const { state } = fieldsOf(await octoPrint.request("GET", "api/job"));
    if (state === "Operational") {
      await octoPrint.request("POST", "api/files/local/Vase.gcode", { command: "select", print: true });
    }
  };
  // Whoever tries things out may also switch OctoPrint, or its printer, off.
  const timer = setInterval(() => void again().catch(() => undefined), look);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return octoPrint;
}

/** A print of two minutes in 60 layers: it heats, and cools at the end. */
function vase(speed: number): string {
  const pause = Math.round(2000 / speed);
  const layers = Array.from({ length: 60 }, (_, layer) => `G1 Z${((layer + 1) * 0.2).toFixed(1)} F600\nG4 P${pause}`);
  // In a hurry nobody waits until it is hot.
  const hot = speed > 1 ? [] : ["M109 S200"];
  return ["M140 S60", "M104 S200", "G28", ...hot, ...layers, "M104 S0", "M140 S0", "M84", ""].join("\n");
}
