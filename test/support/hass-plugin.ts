import type { InProcessBroker } from "./broker.ts";

/** What the plugin did. */
export interface Carried {
  readonly control: string;
  readonly payload: string;
}

/**
 * Stands in for the OctoPrint-HomeAssistant plugin 3.7.0 and the printer behind it: it compares byte by byte, answers
 * nothing, and the printer's state is seen by the events of the OctoPrint-MQTT plugin.
 */
export class HassPlugin {
  readonly #broker: InProcessBroker;
  readonly #base: string;
  #state = "OPERATIONAL";
  /** In order. */
  readonly carried: Carried[] = [];
  /** What was not understood: the plugin only logs it. */
  readonly logged: string[] = [];
  /** A printer that never gets to Paused. */
  stuck = false;

  constructor(broker: InProcessBroker, base = "octoprint/") {
    this.#broker = broker;
    this.#base = base;
    broker.aedes.on("publish", ({ topic, payload }, client) => {
      if (client && topic.startsWith(`${base}hassControl/`)) {
        void this.#take(topic.slice(`${base}hassControl/`.length), payload.toString());
      }
    });
  }

  async say(topic: string, payload: unknown, retain = false): Promise<void> {
    const text = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
    await this.#broker.publish(this.#base + topic, text, { retain });
  }

  async become(state: string): Promise<void> {
    this.#state = state;
    const word = state.charAt(0) + state.slice(1).toLowerCase();
    await this.say("event/PrinterStateChanged", { state_id: state, state_string: word, _event: "PrinterStateChanged" });
  }

  async #take(control: string, payload: string): Promise<void> {
    const press = { cancel: "OPERATIONAL", stop: "OFFLINE" };
    if (control === "pause" && payload === "True" && this.#state === "PRINTING") {
      this.#carry(control, payload);
      await this.become("PAUSING");
      if (!this.stuck) await this.become("PAUSED");
    } else if (control === "pause" && payload === "False" && this.#state === "PAUSED") {
      this.#carry(control, payload);
      await this.become("PRINTING");
    } else if ((control === "cancel" || control === "stop") && payload === "PRESS") {
      this.#carry(control, payload);
      await this.become(press[control]);
    } else if (control === "connect" && (payload === "True" || payload === "False")) {
      this.#carry(control, payload);
      await this.become(payload === "True" ? "OPERATIONAL" : "OFFLINE");
    } else if (control === "psu" && (payload === "True" || payload === "False")) {
      this.#carry(control, payload);
      await this.say("hass/psu_on", payload, true);
    } else if (control === "camera_snapshot" && payload === "PRESS") {
      this.#carry(control, payload);
      await this.say("camera", Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    } else if (control === "commands") await this.#send(payload);
    else if (control === "home" || control === "jog") this.#carry(control, payload);
    else this.logged.push(`${control} ${payload}`);
  }

  #carry(control: string, payload: string): void {
    this.carried.push({ control, payload });
  }

  async #send(payload: string): Promise<void> {
    this.#carry("commands", payload);
    const lines: unknown = JSON.parse(payload);
    for (const line of Array.isArray(lines) ? lines : []) {
      const [, code, target] = /^(M104|M140) S(\d+)$/.exec(String(line)) ?? [];
      if (code === undefined) continue;
      await this.say(`temperature/${code === "M104" ? "tool0" : "bed"}`, { actual: 21, target: Number(target) }, true);
    }
  }
}
