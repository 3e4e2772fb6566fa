import type { Publisher } from "../support/wire.ts";

/** A file name as anybody might upload one. */
export const hostile = "<img src=x onerror=alert(1)><b>Benchy</b> & co.gcode";

/** Below one base topic, as OctoPrint and the plugin publish. */
export class Printer {
  readonly #publisher: Publisher;
  readonly #baseTopic: string;

  constructor(publisher: Publisher, baseTopic: string) {
    this.#publisher = publisher;
    this.#baseTopic = baseTopic;
  }

  async connect(at: number): Promise<void> {
    await this.status("connected");
    await this.event("Connected", at, { port: "VIRTUAL", baudrate: 115200 });
    await this.state("OPERATIONAL", "Operational", at);
  }

  status(text: "connected" | "disconnected"): Promise<void> {
    return this.#publish("mqtt", text, true);
  }

  event(name: string, at: number, fields: object = {}): Promise<void> {
    return this.#publish(`event/${name}`, { ...fields, _event: name, _timestamp: at });
  }

  state(state_id: string, state_string: string, at: number): Promise<void> {
    return this.event("PrinterStateChanged", at, { state_id, state_string });
  }

  temperature(sensor: string, actual: number | null, target: number, at: number): Promise<void> {
    return this.#publish(`temperature/${sensor}`, { actual, target, _timestamp: at }, true);
  }

  /** Heats up, and stays hot. @param every seconds between two measurements */
  async heat(from: number, minutes = 5, every = 10): Promise<void> {
    for (let second = 0; second <= minutes * 60; second += every) {
      const at = from + second;
      const wave = Math.round(Math.sin(second / 20) * 15) / 10;
      await this.temperature("tool0", Math.min(210, 21 + Math.round(second * 9) / 10) + wave, 210, at);
      await this.temperature("bed", Math.min(60, 21 + Math.round(second * 2) / 10), 60, at);
    }
  }

  async start(name: string, at: number): Promise<void> {
    await this.event("PrintStarted", at, this.#file(name));
    await this.state("PRINTING", "Printing", at);
  }

  /** @param timeLeft as OctoPrint says it, s */
  progress(name: string, percent: number, timeLeft: number, at: number): Promise<void> {
    const state = { text: "Printing", flags: { operational: true, printing: true } };
    const progress = { completion: percent, printTime: 1260, printTimeLeft: timeLeft };
    const printer_data = { state, progress, job: { file: this.#file(name) } };
    const message = { location: "local", path: name, progress: percent, printer_data, _timestamp: at };
    return this.#publish("progress/printing", message, true);
  }

  async finish(name: string, at: number): Promise<void> {
    await this.event("PrintDone", at, { ...this.#file(name), time: 1260 });
    await this.state("OPERATIONAL", "Operational", at);
  }

  #file(name: string): object {
    return { name, path: name, origin: "local", size: 2781944 };
  }

  #publish(topic: string, message: object | string, retain = false): Promise<void> {
    return this.#publisher.publish(`${this.#baseTopic}${topic}`, message, { retain });
  }
}
