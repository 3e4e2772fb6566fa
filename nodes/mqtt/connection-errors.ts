import { type MqttClient, ReasonCodes } from "mqtt";
import { errorDetailsOf, networkProblemOf } from "../network/network-problem.ts";
import { failure, type Problem, type ProblemCode } from "./problem.ts";
import { addressOf, type Server } from "./server.ts";

/**
 * CONNACK return codes of 3.1 and 3.1.1 (section 3.2.2.3), CONNACK reason codes of 5 (section 2.4). Brokers answer a
 * wrong password with either of two codes: mosquitto says "not authorized".
 */
const byReturnCode: Readonly<Record<number, ProblemCode>> = {
  1: "protocol-refused",
  2: "client-id-refused",
  3: "server-unavailable",
  4: "bad-credentials",
  5: "bad-credentials",
  132: "protocol-refused",
  133: "client-id-refused",
  134: "bad-credentials",
  135: "bad-credentials",
  136: "server-unavailable",
  137: "server-unavailable",
  138: "not-authorized",
  139: "server-unavailable",
  140: "bad-credentials",
  141: "keepalive-timeout",
  142: "taken-over",
  154: "will-refused",
  155: "will-refused",
};

/** DISCONNECT reason codes of 5 (section 2.4) that mean something else after the login. */
const byDisconnectReason: Readonly<Record<number, ProblemCode>> = {
  135: "not-authorized",
  154: "connection-failed",
  155: "connection-failed",
};

/** Error texts that say more than their code, or have none, as most of MQTT.js's. */
const byText: readonly [string, ProblemCode][] = [
  ["connack timeout", "no-answer"],
  ["Keepalive timeout", "keepalive-timeout"],
  ["TLS not authorized", "certificate-invalid"],
];

/** The reason of a failed connection, in a word that has a text. Neither user name nor password are part of it. */
export function problemOf(error: unknown, server: Server, clientId: string): Problem {
  const details = errorDetailsOf(error);
  const { code, message } = details;
  const said =
    byText.find(([text]) => message.includes(text))?.[1] ?? (typeof code === "number" ? byReturnCode[code] : undefined);
  return failure(said ?? networkProblemOf(details), { server: addressOf(server), clientId, reason: message }).problem;
}

/** The reason code of an MQTT 5 DISCONNECT that the broker sent, as a problem. */
function problemOfDisconnect(reasonCode: number, server: Server, clientId: string): Problem {
  const texts: Readonly<Record<number, string>> = ReasonCodes;
  const reason = texts[reasonCode] || `reason code ${reasonCode}`;
  const known = byDisconnectReason[reasonCode];
  if (known !== undefined) return failure(known, { server: addressOf(server), clientId, reason }).problem;
  return problemOf({ code: reasonCode, message: reason }, server, clientId);
}

/**
 * Reports why an attempt or a connection ends, before it has ended. The first report is the reason; what follows is its
 * consequence.
 */
export function watchConnectionErrors(
  client: MqttClient,
  { server, clientId }: { readonly server: Server; readonly clientId: string },
  report: (problem: Problem) => void,
): void {
  let stream: StreamWatch | undefined;
  const onError = (error: unknown): void => {
    const problem = problemOf(error, server, clientId);
    const refusesTls = stream?.inTlsHandshake === true && problem.code === "connection-reset";
    report(refusesTls ? failure("tls-unsupported", { server: addressOf(server) }).problem : problem);
  };
  client.on("error", onError);
  const watchStream = (): void => {
    stream = new StreamWatch(client.stream, server, report);
    // MQTT.js emits only the errors that have a code; a websocket that is refused has none.
    client.stream.on("error", onError);
  };
  watchStream();
  client.on("packetsend", ({ cmd }) => {
    if (cmd === "connect") watchStream();
  });
  client.on("disconnect", ({ reasonCode }) => report(problemOfDisconnect(reasonCode ?? 0, server, clientId)));
}

/** First bytes of what a broker may send first: CONNACK, and AUTH of MQTT 5. */
const brokersFirst: readonly (number | undefined)[] = [0x20, 0xf0];
/** First byte of a TLS alert: the answer to a client that does not speak TLS [RFC 8446, 5.1]. */
const tlsAlert = 0x15;

/** Looks at how a connection begins: whether TLS comes about, and whether the other side is an MQTT broker. */
class StreamWatch {
  #inTlsHandshake: boolean;

  constructor(stream: MqttClient["stream"], server: Server, report: (problem: Problem) => void) {
    this.#inTlsHandshake = server.scheme === "mqtts";
    stream.once("secureConnect", () => {
      this.#inTlsHandshake = false;
    });
    // Checked before MQTT.js reads it, because its error gives no reason.
    stream.prependOnceListener("data", (chunk: Uint8Array) => {
      const [first] = chunk;
      if (brokersFirst.includes(first)) return;
      const expectsTls = first === tlsAlert && !server.tls;
      report(failure(expectsTls ? "tls-expected" : "not-mqtt", { server: addressOf(server) }).problem);
    });
  }

  /** True where TLS was asked for and its handshake has not ended. */
  get inTlsHandshake(): boolean {
    return this.#inTlsHandshake;
  }
}
