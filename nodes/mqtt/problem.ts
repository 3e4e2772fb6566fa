import { networkProblems } from "../network/network-problem.ts";

/** What can go wrong between us and a broker: one code, one translated text `problem.<code>` each. */
export const problems = {
  ...networkProblems,
  /** A node publishes to a printer node that gets its messages from OctoPrint itself. */
  "no-broker": [],
  /** The printer node gets its messages from OctoPrint itself, and has no server node, or one that was deleted. */
  "server-missing": [],
  /** The printer node has no broker node, or one that was deleted. */
  "broker-missing": [],
  /** The broker node's server is empty. */
  "url-missing": [],
  /** The broker node's server is neither a host name nor a URL. */
  "url-invalid": ["url"],
  /** The broker node's server begins with a scheme that is not MQTT's. */
  "url-scheme": ["scheme"],
  /** The broker node's server is a URL with a username or password in it. */
  "url-credentials": [],
  /** “Use TLS” is ticked, and the server begins with mqtt:// or ws://. */
  "url-tls-contradiction": ["scheme"],
  /** The broker node's port is not a number, or out of range. */
  "port-invalid": ["port"],
  /** The broker node's keep alive is not a number, or out of range. */
  "keepalive-invalid": ["keepalive"],
  /** The broker node's protocol is unknown. The dialog offers the right ones; a flow made by hand may hold another. */
  "protocol-invalid": ["protocol"],
  /** The broker node's queue limit is not a number, or out of range. */
  "queue-limit-invalid": ["limit"],
  /** The broker node's “Keep at most” is not a number, or out of range. */
  "queue-age-invalid": ["hours"],
  /** “Start with a clean session” is off, and there is no client ID. */
  "clean-session-client-id": [],
  /** Nothing listens on that port of the server, or a firewall refuses the connection. */
  "connection-refused": ["server"],
  /** The server does not answer within some seconds. */
  "no-answer": ["server"],
  /** The server ends the connection while it is being opened. */
  "connection-reset": ["server"],
  /** The server closes the connection before it accepts it. */
  "closed-by-server": ["server"],
  /** The server answers, but not in MQTT: often it is a web server. */
  "not-mqtt": ["server"],
  /** The connection was lost a moment ago. There is nothing to do. */
  reconnecting: [],
  /** The broker does not answer within the keep-alive time: often the network is gone. */
  "keepalive-timeout": ["server"],
  /** TLS is on, and the server answers without it. */
  "tls-unsupported": [],
  /** TLS is off, and the server seems to expect it. */
  "tls-expected": [],
  /** The broker does not accept username and password. Some brokers also say this of a client ID or an address that they do not allow. */
  "bad-credentials": [],
  /** The broker knows the user, and does not allow the connection. */
  "not-authorized": [],
  /** The broker does not support the MQTT version. */
  "protocol-refused": [],
  /** The broker does not accept the client ID. */
  "client-id-refused": ["clientId"],
  /** The broker answers that it takes no connections, for example while it starts. */
  "server-unavailable": ["server"],
  /** Another connection with the same client ID took the place of this one. */
  "taken-over": ["clientId"],
  /** The broker closes the connection again and again, as brokers do for two connections with one client ID. */
  "taken-over-likely": ["clientId"],
  /** A node subscribes to a filter that MQTT does not allow. */
  "filter-invalid": ["filter"],
  /** The broker's access rules do not allow this filter. Change them, or the user. */
  "subscription-refused": ["filter"],
  /** The broker closed the connection each time this filter was subscribed, even alone. Nothing is received there until the next deploy. */
  "subscription-closes-connection": ["filter"],
  /** The broker closed the connection twice while topics were being subscribed, so they are subscribed in smaller steps until the next deploy. */
  "subscribing-cautiously": ["filters", "qos"],
  /** “Share as group” holds a name that MQTT does not allow. */
  "group-invalid": ["group"],
  /** “Share as group” is set, and the broker node's protocol is not MQTT 5. */
  "shared-needs-mqtt5": [],
  /** “Share as group” is set, and the broker says that it lacks what this needs. */
  "shared-unavailable": [],
  /** A topic to publish to is empty or contains a wildcard. */
  "topic-invalid": ["topic"],
  /** A topic to publish to begins with $SYS or $share. */
  "topic-reserved": ["topic"],
  /** The broker's access rules do not allow the topic (MQTT 5; with older versions, a broker cannot say so). */
  "publish-refused": ["topic", "reason"],
  /** The message is longer than the broker allows (MQTT 5). */
  "packet-too-large": ["size", "limit"],
  /** MQTT has no way to send a message of this length. Publish it in parts, or put it where the receiver can fetch it. */
  "message-too-large": ["size", "limit"],
  /** The broker says which QoS it accepts (MQTT 5), and the message has a higher one. */
  "qos-unsupported": ["qos", "limit"],
  /** The broker says that it does not retain messages (MQTT 5). Set “Retain” to “no” in the node. */
  "retain-unavailable": [],
  /** The broker closed the connection each time this message was sent, the last times alone. With MQTT 3.1.1 a broker has no other way to refuse a topic, a QoS, a retained message or a size. Others with the same topic, QoS and retain flag that wait are refused with it. */
  "publish-closes-connection": ["topic", "qos", "size", "cause"],
  /** The broker does not accept the last will of the status topic. The connection works without it, but nothing says “disconnected” there when it is lost. */
  "will-refused": ["topic"],
  /** The broker closed the connection without saying why. This is a part of other problems. */
  "no-reason": [],
  /** The broker closes the connection when the status topic is published. The connection works without the status topic. */
  "status-topic-given-up": ["topic", "cause"],
  /** There is no connection, and the queue is at its limit. Raise the limit, or publish less while disconnected. */
  "queue-full": ["limit"],
  /** There is no connection, and this message may not wait: “While disconnected” says so, or it is a topic of its own that is not retained. */
  disconnected: [],
  /** The connection ended after a message was sent, and before the broker confirmed it. Whether the broker has it is not known. */
  "connection-lost": [],
  /** The node that published was removed or restarted by a deploy while its messages waited. */
  "node-removed": [],
  /** Node-RED stopped, or the broker node was removed, while messages waited. “Keep the queue in” keeps them. */
  "connection-closed": [],
  /** A context store does not answer in time. */
  "store-silent": ["store"],
  /** A context store reports an error. */
  "store-failed": ["store", "reason"],
  /** The broker node connects as one of Node-RED's own broker nodes, which was deleted. */
  "core-broker-missing": [],
  /** The broker node connects as one of Node-RED's own broker nodes, which is disabled. */
  "core-broker-disabled": ["name"],
  /** The broker node connects as one of Node-RED's own broker nodes, which belongs to a single flow. */
  "core-broker-in-flow": ["name"],
  /** A dialog's button uses a TLS configuration that was not deployed yet, or that cannot be read. */
  "tls-not-deployed": [],
  /** Several people, or one with little patience, use the dialogs' buttons at the same time. */
  busy: [],
} as const satisfies Record<string, readonly string[]>;

/** The codes of this table. */
export type ProblemCode = keyof typeof problems;

/** A code with the parameters of its text: `{ code: "port-invalid", port: "70000" }`. */
export interface Problem {
  readonly code: ProblemCode;
  readonly [parameter: string]: string | number;
}

/** An expected failure, as a value. */
export type Failure = { readonly ok: false; readonly problem: Problem };

/** Makes a failure of a code and its parameters: `failure("queue-full", { limit: 1000 })`. */
export function failure(code: ProblemCode, parameters: Record<string, string | number> = {}): Failure {
  return { ok: false, problem: { ...parameters, code } };
}
