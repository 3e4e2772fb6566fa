/** The types that this package exports; there is no code behind them. */

export type { Availability } from "./octoprint/availability.ts";
export type { EventClass, EventName, EventPayloads } from "./octoprint/events.ts";
export type { FarmRow } from "./octoprint/farm.ts";
export type {
  JobMessage,
  JobPayload,
  OctoPrintMessage,
  PrinterMessage,
  PrinterPayload,
  TableMessage,
  TableRow,
} from "./octoprint/followed-messages.ts";
export type { JobEnd, JobStep } from "./octoprint/job-report.ts";
export type { Kind } from "./octoprint/kinds.ts";
export type {
  ConnectionStatus,
  EventPayload,
  OctoPrintEvent,
  PrintingProgress,
  ReceivedMessage,
  SlicingProgress,
  Temperature,
} from "./octoprint/messages.ts";
export type { JobSnapshot, PrinterSnapshot } from "./octoprint/printer-state.ts";
export type {
  OctoPrintBroker,
  ProblemError,
  PublishOptions,
  SubscriptionPacket,
} from "./octoprint-broker/api.ts";
