import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Camera } from "../../nodes/server/camera.ts";
import type { Scope } from "../support/cleanup.ts";
import { goodKey, type StandIn, type StandInAnswer, startStandIn } from "../support/octoprint-stand-in.ts";
import { createApi } from "./connecting.ts";

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]);
const picture: StandInAnswer = { status: 200, body: jpeg, headers: { "Content-Type": "image/jpeg" } };

/** A camera, by a clock that a test sets. */
async function start(t: Scope, snapshotUrl = "") {
  const octoprint = await startStandIn(t);
  const api = createApi(octoprint.url, { proxyUser: "pi", proxyPassword: "secret" });
  const clock = { now: 0 };
  return { octoprint, clock, camera: new Camera(api, snapshotUrl, () => clock.now) };
}

function serving({ requests: _, ...octoprint }: StandIn, path: string, answer: StandInAnswer): StandIn["intercept"] {
  return (request) => (request.path === path ? answer : octoprint.intercept(request));
}

const through = "/downloads/camera/current";

async function codeOf(camera: Camera): Promise<string> {
  const taken = await camera.take();
  return taken.ok ? "picture" : taken.problem.code;
}

describe("the camera", () => {
  it("through OctoPrint: every 10 s at most, with the key, and as OctoPrint turns it", async (t) => {
    const { octoprint, camera, clock } = await start(t);
    octoprint.intercept = ({ path }) =>
      path === through ? picture : { status: 200, body: { webcam: { flipH: true, rotate90: true } } };
    assert.deepEqual(await camera.take(), { ok: true, jpeg, flipH: true, flipV: false, rotate90: true });
    assert.equal((await octoprint.requests.next()).headers["x-api-key"], goodKey);
    clock.now = 9_999;
    assert.equal(await codeOf(camera), "snapshot-too-soon");
    clock.now = 10_000;
    assert.equal(await codeOf(camera), "picture");
  });

  it("through OctoPrint: not for a minute after a failure, for all of OctoPrint waits for it", async (t) => {
    const { octoprint, camera, clock } = await start(t);
    octoprint.intercept = serving(octoprint, through, { status: 500, body: "<h1>Internal Server Error</h1>" });
    assert.equal(await codeOf(camera), "snapshot-unavailable");
    octoprint.intercept = serving(octoprint, through, picture);
    clock.now = 59_999;
    assert.equal(await codeOf(camera), "snapshot-failed-lately");
    clock.now = 60_000;
    assert.equal(await codeOf(camera), "picture");
  });

  it("one picture at a time", async (t) => {
    const { octoprint, camera } = await start(t, "/cam");
    octoprint.intercept = serving(octoprint, "/cam", picture);
    const [first, second] = await Promise.all([codeOf(camera), codeOf(camera)]);
    assert.deepEqual([first, second], ["picture", "snapshot-busy"]);
  });

  it("by its own address, relative to OctoPrint's origin: as often as one likes", async (t) => {
    const { octoprint, camera } = await start(t, "/webcam/?action=snapshot");
    octoprint.intercept = serving(octoprint, "/webcam/?action=snapshot", picture);
    assert.deepEqual([await codeOf(camera), await codeOf(camera)], ["picture", "picture"]);
  });

  it("by an address elsewhere: neither the key nor the proxy's password goes there", async (t) => {
    const elsewhere = await startStandIn(t);
    elsewhere.intercept = () => picture;
    const { camera } = await start(t, `${elsewhere.url}/snap.jpg`);
    assert.equal(await codeOf(camera), "picture");
    const { headers } = await elsewhere.requests.next();
    assert.deepEqual([headers["x-api-key"], headers.authorization], [undefined, undefined]);
  });

  it("is a JPEG by its first bytes, whatever its type says", async (t) => {
    const { octoprint, camera } = await start(t, "/cam");
    octoprint.intercept = serving(octoprint, "/cam", { ...picture, body: "<html>login</html>" });
    assert.equal(await codeOf(camera), "snapshot-not-jpeg");
  });

  for (const url of ["ftp://cam/x", "http://me:secret@cam/x", "file:///etc/passwd"]) {
    it(`${url} is none`, async (t) => {
      const { camera } = await start(t, url);
      assert.equal(await codeOf(camera), "snapshot-url");
    });
  }
});
