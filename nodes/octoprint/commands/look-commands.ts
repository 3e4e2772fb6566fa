import { command, noParameters, send } from "./command-row.ts";

/** The topic below the base topic on which the HomeAssistant plugin publishes pictures. */
export const cameraTopic = "camera";

/** OctoPrint's own way to the camera. While the camera hangs, it stops all of OctoPrint for up to 5 s (1.10 and later). */
export const cameraPath = "/downloads/camera/current";

/** The commands for asking: the state, the job, a picture, any request. */
export const lookCommands = {
  state: command({
    parameters: noParameters,
    permissions: ["Status"],
    api: { reads: ["job", "temperatures"], plan: () => send() },
    mqtt: { plan: () => send() },
    example: { parameters: {} },
  }),

  job: command({
    parameters: noParameters,
    permissions: ["Status"],
    api: { reads: ["job"], plan: () => send() },
    mqtt: { plan: () => send() },
    example: { parameters: {} },
  }),

  snapshot: command({
    parameters: noParameters,
    permissions: ["Webcam"],
    api: { plan: () => send({ method: "GET", path: cameraPath }) },
    mqtt: { plan: () => send({ control: "camera_snapshot", payload: "PRESS" }) },
    example: { parameters: {} },
  }),
};

/** The topic below the base topic on which it says what PSUControl says: `True` or `False`. */
export const poweredTopic = "hass/psu_on";

/** By its first bytes: what a camera says of the type cannot be relied on. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}
