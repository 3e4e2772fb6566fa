import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BrokerOptions } from "../support/broker.ts";
import { HassPlugin } from "../support/hass-plugin.ts";
import { asking, controlNode, type Ended, startMqttControl } from "./controlling.ts";
import { connected, printerNode, start } from "./flow.ts";

const codeOf = (ended: Ended): string => ("code" in ended ? ended.code : "done");
const textOf = (ended: Ended): string => ("text" in ended ? ended.text : "");

describe("octoprint-control over a broker, by the OctoPrint-HomeAssistant plugin", () => {
  it("says each command as the plugin wants it, and the msg goes on when the printer says so", async (t) => {
    const { broker, ask, published, knows } = await startMqttControl(t);
    const plugin = new HassPlugin(broker);
    await plugin.say("mqtt", "connected", true);
    await plugin.become("PRINTING");
    await knows("PRINTING");
    const steps: readonly (readonly [object, string, string])[] = [
      [{ command: "pause" }, "pause", "True"],
      [{ command: "resume" }, "pause", "False"],
      [{ command: "heat", payload: { tool0: 210, bed: 60 } }, "commands", '["M104 S210","M140 S60"]'],
      [{ command: "gcode", payload: "M117 Hello\nM300" }, "commands", '["M117 Hello","M300"]'],
      [{ command: "cancel" }, "cancel", "PRESS"],
      [{ command: "home", payload: ["x"] }, "home", '["x"]'],
      [{ command: "jog", payload: { z: 5 } }, "jog", '{"z":5,"speed":1}'],
      [{ command: "power", payload: "on" }, "psu", "True"],
      [{ command: "disconnect" }, "connect", "False"],
      [{ command: "connect" }, "connect", "True"],
      [{ command: "stop" }, "stop", "PRESS"],
    ];
    for (const [msg, control, payload] of steps) {
      const ended = await ask(msg);
      assert.equal(codeOf(ended), "done", `${JSON.stringify(msg)} ${textOf(ended)}`);
      const sent = await published.next(({ topic }) => topic === `octoprint/hassControl/${control}`);
      assert.deepEqual([sent.text, sent.qos, sent.retain], [payload, 1, false]);
    }
    assert.deepEqual(plugin.logged, []);
  });

  it("refuses before anything is sent what would go wrong", async (t) => {
    const { broker, ask, knows } = await startMqttControl(t);
    const plugin = new HassPlugin(broker);
    const expect = async (msg: object, code: string): Promise<void> => {
      const ended = await ask(msg);
      assert.equal(codeOf(ended), code, `${JSON.stringify(msg)} ${textOf(ended)}`);
    };
    await plugin.say("mqtt", "connected", true);
    await plugin.become("PRINTING");
    await knows("PRINTING");
    await expect({ command: "home" }, "not-while-printing");
    await expect({ command: "jog", payload: { x: 1, absolute: true } }, "parameter-not-over-mqtt");
    await expect({ command: "start", payload: "a.gcode" }, "command-not-over-mqtt");
    await expect({ command: "power", payload: "off" }, "power-printing");
    await plugin.become("OFFLINE");
    await knows("OFFLINE");
    await expect({ command: "pause" }, "printer-offline");
    assert.deepEqual(plugin.carried, []);
  });

  it("waits for Paused before it resumes: what comes while it is pausing is lost", async (t) => {
    const { broker, ask, knows, runtime } = await startMqttControl(t);
    const plugin = new HassPlugin(broker);
    await plugin.become("PAUSING");
    await knows("PAUSING");
    const resumed = ask({ command: "resume" });
    await runtime.status("c", /Pausing/);
    assert.deepEqual(plugin.carried, []);
    await plugin.become("PAUSED");
    assert.equal(codeOf(await resumed), "done");
  });

  it("says so where nothing happens", async (t) => {
    const { broker, ask, knows } = await startMqttControl(t, { timeout: "0.3" });
    const plugin = new HassPlugin(broker);
    plugin.stuck = true;
    await plugin.become("PRINTING");
    await knows("PRINTING");
    assert.equal(codeOf(await ask({ command: "pause" })), "still-waiting");
  });

  it("says so where nobody takes the command", async (t) => {
    const { broker, ask, knows } = await startMqttControl(t, { timeout: "1" });
    const printing = { _event: "PrinterStateChanged", state_id: "PRINTING", state_string: "Printing" };
    await broker.publish("octoprint/event/PrinterStateChanged", JSON.stringify(printing));
    await knows("PRINTING");
    assert.equal(textOf(await ask({ command: "pause" })), "OctoPrint did not do it within 1 s.");
  });

  it("does one command after the other, also where two printer nodes name the same topics", async (t) => {
    const way = { commands: "homeassistant" };
    const other = { id: "c2", z: "tab", type: "octoprint-control", printer: "p2", command: "connect", timeout: "0.2" };
    const nodes = [
      ...controlNode({ command: "disconnect" }),
      printerNode({ ...way, id: "p2", name: "The same" }),
      other,
    ];
    // The broker does not confirm the first one.
    const authorizePublish: BrokerOptions["authorizePublish"] = (_client, { payload }, confirm) => {
      if (String(payload) !== "False") confirm(null);
    };
    const { runtime } = await start(t, nodes, { printer: way, aedes: { authorizePublish } });
    await runtime.status("c", connected);
    void asking(runtime)({});
    assert.equal(codeOf(await asking(runtime, "c2")({})), "command-not-sent");
  });

  it("takes the next picture that is published", async (t) => {
    const { broker, ask } = await startMqttControl(t);
    new HassPlugin(broker);
    const ended = await ask({ command: "snapshot" });
    assert.ok("msg" in ended, textOf(ended));
    assert.deepEqual([ended.msg.payload, ended.msg.contentType], [Buffer.from([0xff, 0xd8, 0xff, 0xe0]), "image/jpeg"]);
  });

  it("refuses at once while the broker is away, and keeps nothing for later", async (t) => {
    const { broker, ask, runtime } = await startMqttControl(t);
    await broker.down();
    await runtime.status("c", ({ fill }) => fill === "red");
    assert.equal(codeOf(await ask({ command: "cancel" })), "disconnected");
  });

  it("asks any printer how it is, but commands none that has no way", async (t) => {
    const { broker, ask, knows } = await startMqttControl(t, {}, {});
    const plugin = new HassPlugin(broker);
    await plugin.say("mqtt", "connected", true);
    await plugin.become("PRINTING");
    await knows("PRINTING");
    const state = await ask({ command: "state" });
    assert.ok("msg" in state);
    const { availability, statusText } = Object(state.msg.payload);
    assert.deepEqual([availability, statusText], ["online", "Printing"]);
    assert.equal(codeOf(await ask({ command: "pause" })), "command-no-way");
  });

  it("reaches the printer of a farm that msg.printer names", async (t) => {
    const farm = { commands: "homeassistant", baseTopic: "farm/{printer}/" };
    const { broker, ask, published } = await startMqttControl(t, {}, farm);
    const mk3 = new HassPlugin(broker, "farm/mk3/");
    const mini = new HassPlugin(broker, "farm/mini/");
    assert.equal(codeOf(await ask({ command: "gcode", payload: "M300", printer: "mini" })), "done");
    await published.next(({ topic }) => topic === "farm/mini/hassControl/commands");
    assert.deepEqual([mk3.carried.length, mini.carried.length], [0, 1]);
    assert.equal(codeOf(await ask({ command: "gcode", payload: "M300" })), "name-missing");
    assert.equal(codeOf(await ask({ command: "gcode", payload: "M300", printer: "a/b" })), "name-forbidden");
  });
});
