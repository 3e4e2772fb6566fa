import { timing } from "../../nodes/mqtt/timing.ts";

/**
 * So that a hundred faults fit into a few minutes: pauses as short as a broker next door allows. The nodes themselves
 * begin at half a second, and double it each time the connection fails again within 10 s.
 */
export function shortenPauses(): void {
  Object.assign(timing, { connect: 1000, retry: 100, longestRetry: 400, good: 200 });
}
