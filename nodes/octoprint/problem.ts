/**
 * What can be wrong with a topic, a setting or a payload. Each code has one translated text, `problem.<code>`;
 * the names listed here are the text's placeholders.
 */
export const problems = {
  /** A topic in the printer's settings contains + or #. */
  "topic-wildcard": ["field"],
  /** A topic in the printer's settings has no placeholder. */
  "placeholder-missing": ["field", "placeholder"],
  /** A topic in the printer's settings has a placeholder of another topic, or a misspelt one. */
  "placeholder-unknown": ["field", "placeholder"],
  /** A topic in the printer's settings has its placeholder twice. */
  "placeholder-twice": ["field", "placeholder"],
  /** The base topic ends with {printer}, and the topic below it follows without a /. */
  "printer-not-separated": ["field"],
  /** A node receives or publishes other topics, and the base topic does not end with /. */
  "base-topic-unfinished": [],
  /** The base topic contains {printer}, and the messages come from OctoPrint itself. */
  "server-one-printer": [],
  /** “Share as group” is set, and the messages come from OctoPrint itself. */
  "server-no-group": [],
  /** A node selects other topics that OctoPrint itself does not have. */
  "server-other-names": [],
  /** A warning in the printer's dialog: often the / was forgotten. */
  "base-topic-without-slash": ["preview"],
  /** A warning in the printer's dialog: a message can then be taken for another kind. */
  "templates-overlap": ["field", "other"],
  /** A warning in the printer's dialog: MQTT's filters cannot say this. */
  "slash-names-not-received": ["field"],
  /** The name to publish under is empty. */
  "name-empty": ["placeholder"],
  /** The name to publish under contains a character that MQTT does not allow there. */
  "name-forbidden": ["placeholder", "name", "character"],
  /** The name to publish under is not valid text. */
  "name-not-unicode": ["placeholder"],
  /** The whole topic is longer than MQTT allows. */
  "topic-too-long": ["length"],
  /** A node receives or publishes a kind whose topic is empty in the printer's settings. */
  "no-such-topic": ["field"],
  /** A message of a kind that is text contains other bytes. */
  "not-utf8": [],
  /** A message of a kind that is JSON cannot be parsed. Often something else publishes below the base topic. */
  "not-json": ["reason"],
  /** A message is nested so deeply that Node-RED could not copy it. */
  "too-deep": ["limit"],
  /** A message of a kind that is a JSON object is something else. */
  "not-an-object": ["found"],
  /** A field of a message has a type that OctoPrint never sends. */
  schema: ["path", "rule"],
  /** Something other than the plugin publishes on the connection status topic. */
  "not-a-status": ["found"],
  /** The msg to publish as an event has a payload that is not an object. */
  "event-payload": ["found"],
  /** The msg to publish as progress names a topic that does not exist; often it is the percentage. */
  "progress-name": ["name"],
  /** The percentage to publish is below 0 or above 100. */
  "progress-range": ["found"],
  /** The msg to publish as progress has a payload of another type. */
  "progress-payload": ["found"],
  /** The msg to publish as a temperature has a payload of another type. */
  "temperature-payload": ["found"],
  /** The msg to publish as metadata has a payload of another type. */
  "metadata-payload": ["found"],
  /** The msg to publish as connection status has another payload. */
  "connection-payload": ["found"],
  /** The node publishes “from msg.kind”, and the msg has none. */
  "kind-missing": [],
  /** The node publishes “from msg.kind”, and the msg has one that cannot be published, such as job. */
  "kind-unknown": ["kind"],
  /** “Share as group” is set for jobs or the printer's state. */
  "kind-not-shared": [],
  /** Neither the node nor the msg says the name for the topic. */
  "name-missing": ["placeholder"],
  /** The node has no printer node, or one that was deleted. */
  "printer-missing": [],
  /** A context store, an environment variable or a JSONata expression for the name failed. */
  "name-failed": ["reason"],
  /** A context store did not answer in time. */
  "name-late": ["seconds"],
  /** Neither the node nor the msg says where to publish another topic. */
  "topic-missing": [],
  /** The node takes the QoS from the msg, and it is not one. */
  "qos-invalid": ["found"],
  /** The node takes retain from the msg, and it is neither true nor false. */
  "retain-invalid": ["found"],
  /** The msg to publish has no payload at all. */
  "payload-missing": [],
  /** The payload to publish cannot be written as JSON, for example because it contains itself. */
  "payload-not-json": ["reason"],
  /** The payload to publish is something that JSON has no form for, such as a function. */
  "payload-without-json": ["found"],
  /** The pasted text is far longer than a config.yaml. */
  "config-too-long": ["limit"],
  /** The pasted text takes too long to parse. */
  "config-too-complex": [],
  /** The pasted text is not YAML: often lines or spaces are missing. */
  "config-not-yaml": ["line"],
  /** The pasted text is YAML without the plugin's settings. */
  "config-without-mqtt": [],
  /** A setting of the plugin in the pasted text stands below another key than its own: often spaces were lost. */
  "config-misplaced": ["key"],
  /** The node takes the command from the msg, and the msg has none. */
  "command-missing": [],
  /** The msg names a command that does not exist. */
  "command-unknown": ["command"],
  /** The msg asks for a command that is not ticked in the node. */
  "command-not-allowed": ["command"],
  /** The command needs OctoPrint's API, and the printer is reached over MQTT only. */
  "command-not-over-mqtt": ["command"],
  /** The printer node has neither a server nor the topics of the HomeAssistant plugin. */
  "command-no-way": [],
  /** A command that may do harm comes from a retained message, which may be old. */
  "command-retained": ["command"],
  /** The msg's timestamp is older than the node allows. */
  "command-too-old": ["age", "limit"],
  /** OctoPrint has not answered the commands before, and too many wait already. */
  "commands-waiting": ["limit"],
  /** A flow sends commands faster than a printer can follow: often it is a loop. */
  "commands-too-fast": ["limit"],
  /** A newer target for the same heater came while this one waited. There is nothing to do. */
  "command-replaced": [],
  /** A command lacks a parameter that it needs. */
  "parameter-missing": ["parameter"],
  /** A command has a parameter that it does not know; often it is misspelt. */
  "parameter-unknown": ["parameter", "known"],
  /** A parameter has another type. */
  "parameter-type": ["parameter", "expected", "found"],
  /** A parameter is a number out of range. */
  "parameter-range": ["parameter", "found", "minimum", "maximum", "unit"],
  /** A parameter is none of the words that are possible. */
  "parameter-choice": ["parameter", "found", "choices"],
  /** A context store, an environment variable or a JSONata expression for a parameter failed. */
  "parameter-failed": ["parameter", "reason"],
  /** The parameter needs OctoPrint's API, and the printer is reached over MQTT only. */
  "parameter-not-over-mqtt": ["parameter"],
  /** The msg's payload should hold the parameters, and is something else. */
  "parameters-payload": ["found"],
  /** OctoPrint runs, but has no connection to the printer. */
  "printer-offline": [],
  /** Pause, resume or cancel, and there is no print. */
  "nothing-printing": [],
  /** A print is to start, and another one is on. */
  "already-printing": ["path"],
  /** The command would spoil the print that is on. */
  "not-while-printing": ["path"],
  /** The print ended before the command had happened. */
  "print-over": [],
  /** Resume or restart, and the print is not paused. */
  "not-paused": [],
  /** The target is above the limit in the printer node. */
  "heat-limit": ["heater", "found", "limit"],
  /** The printer profile in OctoPrint has no such heater. */
  "heater-missing": ["heater"],
  /** OctoPrint has no such temperature profile. */
  "preset-unknown": ["profile", "known"],
  /** The move is longer than the printer's volume. */
  "too-far": ["axis", "found", "limit"],
  /** A line of G-code is not text. */
  "gcode-not-text": ["found"],
  /** There are more lines of G-code than are sent at once. */
  "gcode-too-many": ["found", "limit"],
  /** A line of G-code is longer than firmware reads. */
  "gcode-too-long": ["line", "limit"],
  /** The G-code is longer than OctoPrint takes at once. */
  "gcode-too-large": ["size", "limit"],
  /** A line of G-code contains something that must not reach the printer. */
  "gcode-character": ["line"],
  /** M112 is among other lines of G-code. */
  "gcode-emergency": [],
  /** Connect, and OctoPrint is connected to another port. */
  "already-connected": ["port"],
  /** OctoPrint tried to connect to the printer and failed. */
  "connect-failed": ["reason"],
  /** Emergency stop, and OctoPrint has no connection to the printer. */
  "stop-impossible": [],
  /** Power off during a print. */
  "power-printing": ["path"],
  /** Power off while a nozzle is hot. */
  "power-hot": ["found", "limit"],
  /** The command needs a plugin of OctoPrint that is not there. */
  "plugin-missing": ["plugin"],
  /** The system command is not set up in OctoPrint. */
  "system-not-configured": ["action"],
  /** The path to a file is empty or leads out of OctoPrint's files. */
  "file-path-invalid": ["path"],
  /** OctoPrint has no such file. */
  "file-not-found": ["path"],
  /** Upload, and OctoPrint has a file of that name. */
  "file-exists": ["path"],
  /** Delete or overwrite, and the file is being printed. */
  "file-in-use": ["path"],
  /** Delete, and the path is a folder. */
  "is-a-folder": ["path"],
  /** Print or select, and the file is not G-code. */
  "not-machine-code": ["path"],
  /** Upload, and the msg has no content. */
  "upload-empty": [],
  /** Upload and print, and OctoPrint did not start the print. */
  "upload-not-started": ["path"],
  /** The path of a request leads elsewhere, or contains a key. */
  "request-path": ["path"],
  /** The key's user lacks a permission in OctoPrint. */
  "permission-missing": ["permission", "user"],
  /** OctoPrint accepted the command, and the printer has not reached the state yet. */
  "still-waiting": ["state", "seconds"],
  /** OctoPrint accepted the command, and nothing says that it was carried out. */
  "not-happened": ["seconds"],
  /** A deploy removed the node while a command was open. */
  "command-abandoned": [],
  /** A deploy removed the node while the command still waited. */
  "command-withdrawn": [],
  /** Something failed inside. Please report it. */
  "command-failed": ["reason"],
  /** Other commands for the same printer took too long. */
  "command-not-sent": ["seconds"],
  /** Over MQTT, and OctoPrint has left the broker. */
  "octoprint-away": [],
} as const satisfies Record<string, readonly string[]>;

/** The codes of this table. */
export type ProblemCode = keyof typeof problems;

/** A code with the parameters of its text: `{ code: "progress-range", found: 142 }`. */
export interface Problem {
  readonly code: ProblemCode;
  readonly [parameter: string]: string | number;
}

/** An expected failure, as a value. */
export type Failure = { readonly ok: false; readonly problem: Problem };

/** Makes a failure of a code and its parameters: `failure("name-missing", { placeholder: "event" })`. */
export function failure(code: ProblemCode, parameters: Record<string, string | number> = {}): Failure {
  return { ok: false, problem: { ...parameters, code } };
}
