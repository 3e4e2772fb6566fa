import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { packageDir, packageName } from "../support/node-red.ts";
import { installPacked } from "../support/packed.ts";

const consumer = `
import type {
  FarmRow,
  JobEnd,
  JobStep,
  OctoPrintBroker,
  OctoPrintEvent,
  OctoPrintMessage,
  PrinterSnapshot,
  ReceivedMessage,
} from "${packageName}";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<T extends true> = T;
type ExpectNot<T extends false> = T;
type Of<Kind> = Extract<OctoPrintMessage, { kind: Kind }>;

export type Claims = [
  ExpectNot<IsAny<OctoPrintMessage>>,
  ExpectNot<IsAny<OctoPrintMessage["kind"]>>,
  Expect<Equal<ReceivedMessage["kind"], "event" | "progress" | "temperature" | "metadata" | "connection" | "other">>,
  Expect<Equal<OctoPrintMessage["kind"], ReceivedMessage["kind"] | "job" | "printer">>,
  Expect<Equal<OctoPrintMessage["timestamp"], number>>,
  Expect<Equal<ReceivedMessage["qos"], 0 | 1 | 2>>,
  Expect<Equal<ReceivedMessage["retain"], boolean>>,
  ExpectNot<IsAny<JobEnd["outcome"]>>,
  ExpectNot<IsAny<JobStep["outcome"]>>,
  ExpectNot<IsAny<PrinterSnapshot["job"]>>,
  ExpectNot<IsAny<FarmRow["availability"]>>,
  ExpectNot<IsAny<Of<"job">["payload"]>>,
  ExpectNot<IsAny<Of<"printer">["payload"]>>,
  ExpectNot<IsAny<Of<"event">["payload"]>>,
  ExpectNot<IsAny<Of<"progress">["payload"]>>,
  ExpectNot<IsAny<Of<"temperature">["payload"]>>,
  Expect<Equal<Of<"metadata">["payload"], string | null>>,
  Expect<Equal<Of<"connection">["payload"], "connected" | "disconnected" | null>>,
  ExpectNot<IsAny<OctoPrintEvent<"PrintDone">["time"]>>,
  ExpectNot<IsAny<OctoPrintEvent<"PrintDone">>>,
  ExpectNot<IsAny<OctoPrintBroker>>,
  ExpectNot<IsAny<Parameters<OctoPrintBroker["publish"]>[1]>>,
];

export function describe(msg: OctoPrintMessage): string {
  switch (msg.kind) {
    case "event":
      return msg.event;
    case "progress": {
      const percent: number | null | undefined = msg.payload?.progress;
      return \`\${msg.progress} \${percent}\`;
    }
    case "temperature": {
      const actual: number | null | undefined = msg.payload?.actual;
      return \`\${msg.temp} \${actual}\`;
    }
    case "metadata":
      return msg.key;
    case "connection":
      return msg.payload ?? "unknown";
    case "other":
      return msg.subtopic;
    case "job":
      return "durationText" in msg.payload ? \`\${msg.payload.name} \${msg.payload.durationText}\` : msg.payload.outcome;
    case "printer":
      if (!("printer" in msg)) return msg.payload.map(({ printer, timeLeftText }) => printer + timeLeftText).join();
      return \`\${msg.printer} \${msg.payload.statusText} \${msg.payload.job?.timeLeftText}\`;
  }
}
`;

const modules = [
  { name: "a CommonJS project", type: "commonjs" },
  { name: "an ES module project", type: "module" },
];

for (const { name, type } of modules) {
  test(`the types of the packed package hold in ${name}`, (t) => {
    const folder = installPacked(t);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type }));
    writeFileSync(join(folder, "consumer.ts"), consumer);
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    const tsc = join(packageDir, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
}
