/** A value that is the message itself. */
export const same = Symbol("same");

/** A number by which one speaks of it, the base topic, the topic below it, the payload, and what it says in short. */
export type Sample = readonly [id: string, baseTopic: string, subTopic: string, payload: string, value: unknown];

/**
 * Payloads that people showed in public, of OctoPrint-MQTT 0.1 to 0.8.16 and of OctoPrint-HomeAssistant, and the
 * examples of their documentation. Where only a part was shown it is closed with as little as possible.
 */
export const samples: readonly Sample[] = [
  ["1", "octoprint/", "event/ClientOpened", '{"_event": "ClientOpened", "remoteAddress": "127.0.0.1"}', "ClientOpened"],
  ["2", "octoprint/", "event/Connected", '{"baudrate": 250000, "_event": "Connected", "port": "VIRTUAL"}', "Connected"],
  [
    "3",
    "octoprint/",
    "event/PrintStarted",
    `{"origin": "local", "_event": "PrintStarted", "file":"/home/pi/.octoprint/uploads/case_bp_3.6.v1.0.gco",
"filename": "case_bp_3.6.v1.0.gco"}`,
    "PrintStarted",
  ],
  [
    "5",
    "octoprint/",
    "event/PrintStarted",
    `{"origin": "local", "_event": "PrintStarted", "name": "NodeMCU_Case_-_35_gap.gcode", "file":
"/.../NodeMCU_Case_-_35_gap.gcode", "path": "NodeMCU_Case_-_35_gap.gcode", "filename":
"NodeMCU_Case_-_35_gap.gcode", "size": 2858607}`,
    "PrintStarted",
  ],
  ["6", "octoprint/", "progress/printing", '{"progress":57,"location":"local","path":"NodeMCU_Case.gcode"}', 57],
  ["7", "octoprint/", "event/ZChange", '{"new":9.0,"_event":"ZChange","old":8.8}', "ZChange"],
  [
    "8",
    "octoprint/",
    "event/PrintDone",
    `{"origin": "local", "_event": "PrintDone", "name": "NodeMCU_Case.gcode", "file": "/.../NodeMCU_Case.gcode",
"time": 5252.172917127609, "path": "NodeMCU_Case.gcode", "filename": "NodeMCU_Case.gcode", "size": 2823042}`,
    "PrintDone",
  ],
  [
    "9",
    "octoprint/",
    "event/PrinterStateChanged",
    '{"state_string":"Operational","_event":"PrinterStateChanged","state_id":"OPERATIONAL"}',
    "PrinterStateChanged",
  ],
  [
    "10",
    "octoprint/",
    "event/PrinterStateChanged",
    '{"state_string":"Printing","_event":"PrinterStateChanged","state_id":"PRINTING"}',
    "PrinterStateChanged",
  ],
  [
    "11",
    "octoprint/",
    "event/CaptureStart",
    '{"_event":"CaptureStart","file":"/.../NodeMCU_Case_20170829185831-767.jpg"}',
    "CaptureStart",
  ],
  [
    "12",
    "octoprint/",
    "event/CaptureDone",
    '{"_event":"CaptureDone","file":"/.../NodeMCU_Case_20170829185831-767.jpg"}',
    "CaptureDone",
  ],
  [
    "13",
    "octoprint/",
    "event/MovieRendering",
    `{"movie": "/.../NodeMCU_Case_20170829185831.mpg", "_event": "MovieRendering", "movie_prefix":
"NodeMCU_Case_20170829185831", "gcode": "NodeMCU_Case.gcode", "movie_basename":
"NodeMCU_Case_20170829185831.mpg"}`,
    "MovieRendering",
  ],
  [
    "14",
    "octoprint/",
    "event/MovieDone",
    `{"movie": "/.../NodeMCU_Case_20170829185831.mpg", "_event": "MovieDone", "movie_prefix":
"NodeMCU_Case_20170829185831", "gcode": "NodeMCU_Case.gcode", "movie_basename":
"NodeMCU_Case_20170829185831.mpg"}`,
    "MovieDone",
  ],
  ["15", "octoprint/", "temperature/tool0", '{"actual":211.88,"target":210.0}', 211.88],
  ["16", "octoprint/", "temperature/bed", '{"actual":50.0,"target":50.0}', 50],
  ["17", "octopi-ender3/", "temperature/tool0", '{"_timestamp":1537650653,"actual":22.15,"target":0}', 22.15],
  ["18", "3d-printer/OctoPrint/", "temperature/bed", '{"_timestamp":1548589083,"actual":25.9,"target":0}', 25.9],
  ["19", "3d-printer/OctoPrint/", "temperature/tool0", '{"_timestamp":1548589093,"actual":26.4,"target":0}', 26.4],
  ["20", "octoprint/", "temperature/tool0", '{"_timestamp": 1552931581, "actual": 23.2, "target": 0.0}', 23.2],
  ["21", "octoprint/", "temperature/chamber", '{"_timestamp": 1557933342, "actual": null, "target": null}', null],
  ["22", "octoprint/", "temperature/bed", '{"_timestamp": 1557933342, "actual": 24.22, "target": 0.0}', 24.22],
  ["23", "octoprint/", "temperature/bed", '{"_timestamp": 1557933345, "actual": 23.98, "target": 0.0}', 23.98],
  ["24", "octoprint/", "temperature/tool0", '{"_timestamp": 1557933348, "actual": 23.24, "target": 0.0}', 23.24],
  [
    "25",
    "octoPrint/",
    "event/PrinterStateChanged",
    `{"_timestamp": 1583193851, "state_string": "Starting", "_event": "PrinterStateChanged", "state_id": "STARTING"}`,
    "PrinterStateChanged",
  ],
  ["26", "octoPrint/", "temperature/tool4", '{"_timestamp": 1589452785, "actual": 234.8, "target": 235.0}', 234.8],
  [
    "27",
    "octoPrint/",
    "event/ZChange",
    '{"new": 8.896, "_event": "ZChange", "old": 7.896, "_timestamp": 1589452786}',
    "ZChange",
  ],
  [
    "28",
    "octoPrint/",
    "event/ZChange",
    '{"new": 7.896, "_event": "ZChange", "old": 8.896, "_timestamp": 1589452786}',
    "ZChange",
  ],
  ["29", "octoPrint/", "mqtt", "disconnected", false],
  ["30", "octoPrint/", "hass/Connected", "Connected", same],
  [
    "31",
    "octoPrint/",
    "hass/printing",
    '{"_timestamp": 1603032794, "offsets": {}, "job": {"estimatedPrintTimeFormatted": "1:00:15.158647"}}',
    same,
  ],
  [
    "32",
    "octoPrint/",
    "progress/printing",
    `{"location": "local", "path": "headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode", "progress": 92, "printer_data":
{"state": {"text": "Printing", "flags": {"operational": true, "printing": true, "cancelling": false, "pausing":
false, "resuming": false, "finishing": false, "closedOrError": false, "error": false, "paused": false, "ready":
false, "sdReady": false}, "error": ""}, "job": {"file": {"name":
"headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode", "path": "headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode",
"display": "headphone holder v4_0.15mm_PLA_MINI_2h57m.gcode", "origin": "local", "size": 4713047, "date":
1629156771}, "estimatedPrintTime": 8583.767716327977, "averagePrintTime": 11012.267644908003, "lastPrintTime":
11012.267644908003, "filament": {"tool0": {"length": 10295.38853000338, "volume": 24.763311431466416}}, "user":
"ron"}, "currentZ": 30.65, "progress": {"completion": 92.00714527141359, "filepos": 4336340, "printTime": 10101,
"printTimeLeft": 912, "printTimeLeftOrigin": "linear"}, "offsets": {}, "resends": {"count": 0, "transmitted":
156452, "ratio": 0}}, "_timestamp": 1629303524}`,
    92,
  ],
  [
    "33",
    "octoPrint/",
    "progress/printing",
    `{"location": "local", "path": "headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode", "progress": 97, "printer_data":
{"state": {"text": "Printing", "flags": {"operational": true, "printing": true, "cancelling": false, "pausing":
false, "resuming": false, "finishing": false, "closedOrError": false, "error": false, "paused": false, "ready":
false, "sdReady": false}, "error": ""}, "job": {"file": {"name":
"headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode", "path": "headphone_holder_v4_0.15mm_PLA_MINI_2h57m.gcode",
"display": "headphone holder v4_0.15mm_PLA_MINI_2h57m.gcode", "origin": "local", "size": 4713047, "date":
1629156771}, "estimatedPrintTime": 8583.767716327977, "averagePrintTime": 11012.267644908003, "lastPrintTime":
11012.267644908003, "filament": {"tool0": {"length": 10295.38853000338, "volume": 24.763311431466416}}, "user":
"ron"}, "currentZ": 32.3, "progress": {"completion": 97.00342474836343, "filepos": 4571817, "printTime": 10558,
"printTimeLeft": 361, "printTimeLeftOrigin": "linear"}, "offsets": {}, "resends": {"count": 0, "transmitted":
164985, "ratio": 0}}, "_timestamp": 1629303980}`,
    97,
  ],
  [
    "34",
    "Ender3/",
    "progress/printing",
    '{"location": "local", "path": "filename.gcode", "progress": 100, "_timestamp": 1655391757}',
    100,
  ],
  [
    "34a",
    "sensors/octopi/",
    "progress/printing",
    `{ "progress": 100, "_timestamp": 1625572970, "location": "local", "path":
"usb_cable_holder_v10_0.15mm_PLA_MK3_1h7m.gcode" }`,
    100,
  ],
  [
    "35",
    "octoPrint/",
    "hass/printing",
    `{"state": {"text": "Printing", "flags": {"operational": true, "printing": true, "cancelling": false, "pausing":
false, "resuming": false, "finishing": false, "closedOrError": false, "error": false, "paused": false, "ready":
false, "sdReady": false}, "error": ""}, "job": {"file": {"name": "Bild.gcode", "path": "Bild/Bild.gcode",
"display": "Bild.gcode", "origin": "local", "size": 22036473, "date": 1690386214}, "estimatedPrintTime":
23780.0, "averagePrintTime": null, "lastPrintTime": null, "filament": {"tool0": {"length": 10024.919369999687,
"volume": 0.0}}, "user": "admin", "estimatedPrintTimeFormatted": "6:36:20"}, "currentZ": 85.61, "progress":
{"completion": 92.00171007402137, "filepos": 20273932, "printTime": 21741, "printTimeLeft": 1595,
"printTimeLeftOrigin": "slicerestimator", "printTimeLeftFormatted": "0:26:35", "printTimeFormatted": "6:02:21"},
"offsets": {}, "resends": {"count": 0, "transmitted": 658358, "ratio": 0}, "_timestamp": 1690480143}`,
    same,
  ],
  [
    "36",
    "flat/lab/octoPrint/",
    "event/FirmwareData",
    `{"name": "Prusa-Firmware 3.14.1+8237_74a577bc0 based on Marlin", "data": {"FIRMWARE_NAME": "Prusa-Firmware",
"FIRMWARE_URL": "https://github.com/prusa3d/Prusa-Firmware", "PROTOCOL_VERSION": "1.0"}}`,
    "FirmwareData",
  ],
  [
    "37",
    "octoPrint/",
    "progress/slicing",
    `{"_timestamp": 1517190629, "progress": 42, "source_location": "local", "source_path": "test.stl",
"destination_location": "local", "destination_path": "test.gcode", "slicer": "cura"}`,
    42,
  ],
  [
    "38",
    "octoPrint/",
    "progress/printing",
    `{"progress": 0, "_timestamp": 1525654824, "location": "local", "path": "Stringing_Test.gco", "printer_data":
{"progress": {"completion": 0.008520926537352922, "printTimeLeftOrigin": "average", "printTime": 0,
"printTimeLeft": 273, "filepos": 139}, "state": {"text": "Printing", "flags": {"cancelling": false, "paused":
false, "operational": true, "pausing": false, "printing": true, "sdReady": true, "error": false, "ready": false,
"closedOrError": false}}, "currentZ": null, "job": {"file": {"origin": "local", "name": "Stringing_Test.gco",
"date": 1525586467, "path": "Stringing_Test.gco", "display": "Stringing_Test.gco", "size": 1631278},
"estimatedPrintTime": 1242.9603101308749, "averagePrintTime": 273.6990565955639, "filament": {"tool0":
{"volume": 0.0, "length": 363.0717599999999}}, "lastPrintTime": 269.25606203079224}, "offsets": {}}}`,
    0,
  ],
  ["39", "octoPrint/", "mqtt", "connected", true],
  ["40", "octoPrint/", "metadata/layer_height", "0.2", "0.2"],
  ["41", "octoPrint/", "metadata/slicer_settings.material_type", "PLA", "PLA"],
  [
    "42",
    "octoPrint/",
    "metadata/slicer_settings",
    '{"max_layer_z":"21.5", "external perimeters extrusion width":"0.45mm"}',
    '{"max_layer_z":"21.5", "external perimeters extrusion width":"0.45mm"}',
  ],
  [
    "44",
    "octoPrint/",
    "event/plugin_spoolmanager_spool_selected",
    `{"toolId": 0, "databaseId": 3, "spoolName": "Mint", "material": "PLA", "colorName": "mint", "remainingWeight":
737.4567143413989}`,
    "plugin_spoolmanager_spool_selected",
  ],
  [
    "45",
    "octoPrint/",
    "event/plugin_Spoolman_spool_selected",
    '{"toolIdx": 0, "spoolId": "0"}',
    "plugin_Spoolman_spool_selected",
  ],
  ["46", "octoprint/", "hassControl/commands", '["M104 S230"]', same],
];
