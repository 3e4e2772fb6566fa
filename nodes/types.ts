/** The types that this package exports; there is no code behind them. */

export type { EventClass, EventName, EventPayloads } from "./octoprint/events.ts";
export type { Kind } from "./octoprint/kinds.ts";
export type {
  ConnectionStatus,
  EventPayload,
  OctoPrintEvent,
  OctoPrintMessage,
  PrintingProgress,
  SlicingProgress,
  Temperature,
} from "./octoprint/messages.ts";
export type {
  OctoPrintBroker,
  ProblemError,
  PublishOptions,
  SubscriptionPacket,
} from "./octoprint-broker/api.ts";
