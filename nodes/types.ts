/** The types that this package exports; there is no code behind them. */

export type { ProblemError } from "./node-red/problem-error.ts";
export type { CommandName, CommandParameters } from "./octoprint/commands/commands-table.ts";
export type { FileRow } from "./octoprint/commands/files-answer.ts";
export type { EventClass, EventName, EventPayloads } from "./octoprint/events/events.ts";
export type {
  ConnectionStatus,
  EventPayload,
  OctoPrintEvent,
  PrintingProgress,
  ReceivedMessage,
  SlicingProgress,
  Temperature,
} from "./octoprint/messages/schemas.ts";
export type { Kind } from "./octoprint/topics/kinds.ts";
export type { Availability } from "./octoprint/tracking/availability.ts";
export type {
  JobMessage,
  JobPayload,
  OctoPrintMessage,
  PrinterMessage,
  PrinterPayload,
  TableMessage,
  TableRow,
} from "./octoprint/tracking/derived-messages.ts";
export type { FarmRow } from "./octoprint/tracking/farm.ts";
export type { JobEnd, JobStep } from "./octoprint/tracking/job-report.ts";
export type { JobSnapshot, PrinterSnapshot } from "./octoprint/tracking/printer-snapshot.ts";
export type {
  OctoPrintBroker,
  Outcome,
  PublishOptions,
  SubscriptionPacket,
} from "./octoprint-broker/api.ts";
