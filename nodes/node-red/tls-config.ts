import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Node, NodeAPI } from "node-red";

/** Core's `tls-config` node. */
interface TlsNode extends Node {
  addTLSOptions(options: TlsOptions): TlsOptions;
  valid?: boolean;
}

/** `undefined`: there is no usable tls-config with this id. No id: verified with the authorities that Node.js trusts. */
export function tlsOptions(RED: NodeAPI, id: string): TlsOptions | undefined {
  if (id === "") return {};
  const node = RED.nodes.getNode(id);
  return isTlsNode(node) && node.valid !== false ? node.addTLSOptions({}) : undefined;
}

function isTlsNode(node: Node | null): node is TlsNode {
  return node !== null && "addTLSOptions" in node;
}
