import { createRequire } from "node:module";
import { join, resolve } from "node:path";

export const packageDir = resolve(__dirname, "../..");
export const packageName = "@printflow/node-red-octoprint-mqtt";

/** The folder whose `node_modules` hold the Node-RED to test with: ours, or the one that `npm run test:nr5` made. */
const nodeRedDir = resolve(process.env.NODE_RED_DIR ?? packageDir);

/** `require` as Node-RED's neighbours see it. */
export const fromNodeRedDir = createRequire(join(nodeRedDir, "package.json"));

/** `require` as Node-RED itself sees it: its own `@node-red/…` modules. */
export const fromNodeRed = createRequire(fromNodeRedDir.resolve("node-red"));

/** The start script of the `node-red` command. */
export const nodeRedCommand = fromNodeRedDir.resolve("node-red/red.js");
