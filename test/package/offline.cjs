"use strict";
// Loaded into node-red-dev before anything else: whatever host it asks over https is the server of the test.

const http = require("node:http");
const https = require("node:https");

const { hostname, port } = new URL(process.env.SCORECARD_ANSWERS);

https.request = (options, callback) => {
  const { path, method, headers } = options;
  return http.request({ hostname, port, path, method, headers: { ...headers, host: hostname } }, callback);
};
https.get = (options, callback) => https.request(options, callback).end();
