import { Buffer } from "node:buffer";
import type { IClientOptions, MqttClient, Packet } from "mqtt";
import type { Publication } from "./message.ts";
import { sendPublish } from "./packets.ts";
import type { Problem } from "./problem.ts";

type IdentifierProvider = NonNullable<IClientOptions["messageIdProvider"]>;

interface Handshake {
  readonly packetId: number;
  /** The broker has the message [MQTT-4.3.3-1]: it must not be sent again, only released. */
  received: boolean;
  /** The outbox has taken the message back. */
  interrupted: boolean;
  /** It will not be sent again, but the broker may wait for its end. */
  abandoned: boolean;
  /** Called at the PUBCOMP, where MQTT.js does not wait for it. */
  completed: (() => void) | undefined;
}

/**
 * Sends QoS 2 messages. What the loss of a connection interrupts goes on under its old packet identifier, if the broker
 * has kept the session [MQTT-4.4.0-1]. Under a new one it could arrive twice, and the broker would never stop waiting
 * for the end of the old one: it counts among those that it takes at once (20, mosquitto), and it loses what comes beyond.
 */
export class ExactlyOnce {
  readonly #open = new Map<Publication, Handshake>();
  readonly #byId = new Map<number, Handshake>();
  readonly #ended: () => void;
  #next = 1 + Math.floor(Math.random() * highestId);
  #last = 0;
  #wanted: number | undefined;
  /** Packet identifiers for everything that MQTT.js sends: none that an interrupted message still needs. */
  readonly identifiers: IdentifierProvider = {
    allocate: () => this.#allocate(),
    getLastAllocated: () => this.#last,
    register: () => true,
    deallocate: () => undefined,
    clear: () => undefined,
  };

  /** @param ended is called when the broker no longer counts an abandoned message */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** How many messages that will not be sent again the broker still counts. */
  get abandoned(): number {
    return this.#byId.size - this.#open.size;
  }

  /** True for a message that the broker may have, but that is not on the wire now. */
  isInterrupted(publication: Publication): boolean {
    return this.#open.get(publication)?.interrupted === true;
  }

  /** Without its session the broker knows nothing of what was interrupted. */
  connected(client: MqttClient, sessionPresent: boolean): void {
    if (!sessionPresent) {
      this.#open.clear();
      this.#byId.clear();
    }
    for (const { packetId, abandoned } of this.#byId.values()) {
      if (!abandoned) continue;
      // Once, and without an answer: not every broker knows a PUBREL whose message never came.
      this.#byId.delete(packetId);
      client.stream.write(pubrel(packetId));
    }
  }

  /** A message that was taken back will not be sent again. */
  abandon(publication: Publication): void {
    const handshake = this.#open.get(publication);
    if (handshake === undefined) return;
    handshake.abandoned = true;
    this.#open.delete(publication);
  }

  /** Returns the packet identifier, or `undefined` if the message was refused. */
  send(client: MqttClient, publication: Publication, sent: (problem?: Problem) => void): number | undefined {
    const before = this.#open.get(publication);
    if (before?.received === true) return this.#release(client, publication, before, sent);
    let handshake = before;
    if (before !== undefined) before.interrupted = false;
    this.#wanted = before?.packetId;
    const finish = (problem?: Problem): void => {
      if (handshake?.interrupted !== true) this.#close(publication, handshake);
      sent(problem);
    };
    const packetId = sendPublish(client, publication, finish, before !== undefined);
    this.#wanted = undefined;
    if (packetId === undefined || before !== undefined) return packetId;
    handshake = { packetId, received: false, interrupted: false, abandoned: false, completed: undefined };
    this.#open.set(publication, handshake);
    this.#byId.set(packetId, handshake);
    return packetId;
  }

  #release(
    client: MqttClient,
    publication: Publication,
    handshake: Handshake,
    sent: (problem?: Problem) => void,
  ): number {
    handshake.interrupted = false;
    handshake.completed = () => {
      this.#close(publication, handshake);
      sent();
    };
    client.stream.write(pubrel(handshake.packetId));
    return handshake.packetId;
  }

  /** The outbox takes a message back. */
  interrupt(packetId: number): void {
    const handshake = this.#byId.get(packetId);
    if (handshake === undefined) return;
    handshake.interrupted = true;
    handshake.completed = undefined;
  }

  /** To be called with each packet that comes. */
  receive(client: MqttClient, packet: Packet): void {
    if (packet.cmd !== "pubrec" && packet.cmd !== "pubcomp") return;
    const handshake = packet.messageId === undefined ? undefined : this.#byId.get(packet.messageId);
    if (handshake === undefined) return;
    const refused = (packet.reasonCode ?? 0) >= 0x80;
    if (handshake.abandoned) {
      if (packet.cmd === "pubcomp" || refused) {
        this.#byId.delete(handshake.packetId);
        this.#ended();
      } else client.stream.write(pubrel(handshake.packetId));
    } else if (packet.cmd === "pubcomp") handshake.completed?.();
    else if (!refused) handshake.received = true;
  }

  #close(publication: Publication, handshake: Handshake | undefined): void {
    this.#open.delete(publication);
    if (handshake !== undefined) this.#byId.delete(handshake.packetId);
  }

  #allocate(): number {
    const wanted = this.#wanted;
    if (wanted === undefined) {
      do this.#next = (this.#next % highestId) + 1;
      while (this.#byId.has(this.#next));
    }
    this.#last = wanted ?? this.#next;
    return this.#last;
  }
}

const highestId = 65_535;

/** For MQTT 5 too, where a missing reason code is success [3.6.2.1]. MQTT.js has no way to send one. */
function pubrel(packetId: number): Buffer {
  return Buffer.from([0x62, 2, packetId >> 8, packetId & 0xff]);
}
