import type { Node, NodeAPI } from "node-red";
import { type Failure, failure } from "../mqtt/problem.ts";
import { coreBrokerSettings } from "./core-broker.ts";
import { type BrokerCredentials, brokerDefaults, type ReadSettings } from "./settings.ts";

/** Where and how to connect: the settings, with those of core's `mqtt-broker` node where one is chosen. */
export interface Effective {
  readonly ok: true;
  readonly config: ReadSettings;
  readonly credentials: BrokerCredentials;
}

/** Takes server, port, TLS, protocol, keep alive and login from the core node, as it is deployed. */
export function effectiveSettings(
  RED: NodeAPI,
  config: ReadSettings,
  credentials: BrokerCredentials,
): Effective | Failure {
  if (config.coreBroker === "") return { ok: true, config, credentials };
  const core = RED.nodes.getNode(config.coreBroker);
  if (core === null || core.type !== "mqtt-broker") return failureOf(RED, config.coreBroker);
  const { ciphers, tlsInsecure } = brokerDefaults;
  return {
    ok: true,
    config: { ...config, ciphers, tlsInsecure, ...coreBrokerSettings({ ...core, tls: tlsOf(RED, core) }) },
    credentials: loginOf(core),
  };
}

/** Why a core node is not there. */
function failureOf(RED: NodeAPI, id: string): Failure {
  let found: Failure | undefined;
  RED.nodes.eachNode((definition) => {
    if (definition.id !== id || definition.type !== "mqtt-broker") return;
    const name = definition.name || id;
    if ("d" in definition && definition.d === true) found = failure("core-broker-disabled", { name });
    else if (definition.z) found = failure("core-broker-in-flow", { name });
  });
  return found ?? failure("core-broker-missing");
}

/** The node keeps to itself which `tls-config` it uses; its definition tells. */
function tlsOf(RED: NodeAPI, { id }: Node): string {
  let tls = "";
  RED.nodes.eachNode((definition) => {
    if (definition.id === id && "tls" in definition && typeof definition.tls === "string") tls = definition.tls;
  });
  return tls;
}

function loginOf({ credentials }: Node): BrokerCredentials {
  const login: object = typeof credentials === "object" && credentials !== null ? credentials : {};
  const username = "user" in login && typeof login.user === "string" ? login.user : undefined;
  const password = "password" in login && typeof login.password === "string" ? login.password : undefined;
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}
