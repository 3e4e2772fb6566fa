import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostOf, parseAddress, urlBelow } from "../../nodes/server/address.ts";

describe("an address is taken as people paste it", () => {
  const good: readonly [string, string][] = [
    ["octopi.local", "http://octopi.local"],
    [" octopi.local ", "http://octopi.local"],
    ["octopi.local:5000", "http://octopi.local:5000"],
    ["192.168.1.20", "http://192.168.1.20"],
    ["http://octopi.local/", "http://octopi.local"],
    ["HTTP://OctoPi.local:80", "http://octopi.local"],
    ["https://octopi.local:443/", "https://octopi.local"],
    ["http://octopi.local/?#temp", "http://octopi.local"],
    ["http://octopi.local/#control", "http://octopi.local"],
    ["http://octopi.local/api", "http://octopi.local"],
    ["http://octopi.local/api/", "http://octopi.local"],
    ["octopi.local/api/version", "http://octopi.local"],
    ["http://octopi.local/api/job?apikey=abc", "http://octopi.local"],
    ["http://octopi.local/login/?redirect=%2F", "http://octopi.local"],
    ["https://farm.example/mk3", "https://farm.example/mk3"],
    ["https://farm.example/mk3/?#temp", "https://farm.example/mk3"],
    ["https://farm.example/mk3/api/files/local", "https://farm.example/mk3"],
    ["https://farm.example/mk3/sockjs/websocket", "https://farm.example/mk3"],
    ["https://farm.example/api/mk3", "https://farm.example/api/mk3"],
    ["farm.example/left/mk3//", "http://farm.example/left/mk3"],
    ["::1", "http://[::1]"],
    ["[::1]:5000", "http://[::1]:5000"],
    ["http://[fd00::20]/octoprint/", "http://[fd00::20]/octoprint"],
  ];
  for (const [text, base] of good) {
    it(text, () => {
      const parsed = parseAddress(text);
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.equal(parsed.address.origin + parsed.address.prefix, base);
    });
  }

  const bad: readonly [string, object][] = [
    ["", { code: "address-missing" }],
    ["  ", { code: "address-missing" }],
    ["mqtt://octopi.local", { code: "address-scheme", scheme: "mqtt" }],
    ["file:///etc/passwd", { code: "address-scheme", scheme: "file" }],
    ["http://", { code: "address-invalid", address: "http://" }],
    ["octopi local", { code: "address-invalid", address: "octopi local" }],
    ["octopi.local:99999", { code: "address-invalid", address: "octopi.local:99999" }],
    ["octopi.local:0", { code: "address-invalid", address: "octopi.local:0" }],
    ["http://$(OCTOPRINT)", { code: "address-invalid", address: "http://$(OCTOPRINT)" }],
    ["http://[fe80::1%25eth0]/", { code: "address-invalid", address: "http://[fe80::1%25eth0]/" }],
    // The password is in no error text.
    ["http://joe:secret@octopi.local", { code: "address-credentials" }],
    ["http://joe:sec ret@octopi.local", { code: "address-credentials" }],
    ["joe:secret@octopi.local", { code: "address-credentials" }],
  ];
  for (const [text, problem] of bad) {
    it(`not ${JSON.stringify(text)}`, () => {
      const parsed = parseAddress(text);
      assert.deepEqual(parsed, { ok: false, problem });
    });
  }
});

describe("a path stays below the address", () => {
  const address = { origin: "http://farm.example:8080", prefix: "/mk3" };
  const good: readonly [string, string][] = [
    ["api/job", "http://farm.example:8080/mk3/api/job"],
    ["/api/job", "http://farm.example:8080/mk3/api/job"],
    [
      "api/files/local/a%20b.gcode?recursive=true",
      "http://farm.example:8080/mk3/api/files/local/a%20b.gcode?recursive=true",
    ],
    ["api/../api/job", "http://farm.example:8080/mk3/api/job"],
    ["//elsewhere.example/api", "http://farm.example:8080/mk3//elsewhere.example/api"],
    ["http://elsewhere.example/", "http://farm.example:8080/mk3/http://elsewhere.example/"],
  ];
  for (const [path, url] of good) it(path, () => assert.equal(urlBelow(address, path)?.href, url));

  for (const path of ["../left/api/job", "api/../../left", "..", "%2e%2e/left", "\\..\\..\\left"]) {
    it(`not ${path}`, () => assert.equal(urlBelow(address, path), undefined));
  }

  it("is named by host and port", () => {
    assert.equal(hostOf(address), "farm.example:8080");
    assert.equal(hostOf({ origin: "https://octopi.local", prefix: "" }), "octopi.local");
  });
});
