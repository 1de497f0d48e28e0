// Writes the room rules of ARCHITECTURE.md into .oxlintrc.json: which room may import which.
//   node scripts/rooms.mjs
import { writeFileSync } from "node:fs";

const above = (...names) => names;
const core = ["eeg", "formats", "source", "signal", "tokens", "model", "decode"];
const rooms = {
  eeg: above(),
  formats: above("eeg"),
  source: above("eeg", "formats"),
  signal: above("eeg"),
  tokens: above("eeg", "signal"),
  model: above("eeg", "tokens"),
  decode: above("eeg", "formats", "source", "signal", "tokens", "model"),
  train: above(...core),
  capture: above(...core),
  report: above(...core, "capture", "load"),
  protocol: above("eeg"),
  lsl: above("eeg"),
  server: above(...core, "capture", "report", "protocol", "lsl"),
  client: above("eeg", "protocol"),
  load: above("eeg", "source", "protocol"),
  dashboard: above(...core, "report", "protocol", "client"),
  cli: above(
    ...core,
    "train",
    "capture",
    "report",
    "protocol",
    "lsl",
    "server",
    "client",
    "load",
    "dashboard",
  ),
};
const neutral = [...core, "protocol", "client", "dashboard"];

const roomRules = Object.entries(rooms).map(([room, may]) => {
  const patterns = Object.keys(rooms)
    .filter((other) => other !== room && !may.includes(other))
    .map((other) => ({
      group: [`../${other}/**`, `../../${other}/**`, `../../../${other}/**`],
      message: `${room}/ may not import ${other}/ (ARCHITECTURE.md, rooms)`,
    }));
  if (neutral.includes(room)) {
    patterns.push({
      group: ["node:*", "ws", "onnxruntime-node", "**/*.node.ts"],
      message: `${room}/ runs in a browser too: what needs Node sits in a *.node.ts file`,
    });
    if (room !== "client" && room !== "dashboard")
      patterns.push({ group: ["rxjs"], message: "RxJS enters in operator files only" });
  }
  return { files: [`src/${room}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
});

const nodeFiles = Object.entries(rooms)
  .filter(([room]) => neutral.includes(room))
  .map(([room, may]) => ({
    files: [`src/${room}/**/*.node.ts`, `src/${room}/**/*operator.ts`, `src/${room}/**/*operators.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: Object.keys(rooms)
            .filter((other) => other !== room && !may.includes(other))
            .map((other) => ({
              group: [`../${other}/**`, `../../${other}/**`, `../../../${other}/**`],
              message: `${room}/ may not import ${other}/ (ARCHITECTURE.md, rooms)`,
            })),
        },
      ],
    },
  }));

/** What only a page has, and what one writes by mistake for a variable that is not there. */
const pageGlobals = [
  "document",
  "window",
  "self",
  "location",
  "name",
  "event",
  "status",
  "length",
  "origin",
  "close",
  "stop",
  "open",
  "top",
  "parent",
];

const config = {
  $schema: "./node_modules/oxlint/configuration_schema.json",
  plugins: ["typescript", "unicorn", "oxc", "import"],
  categories: { correctness: "error", suspicious: "off", perf: "off" },
  rules: {
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "oxc/no-barrel-file": ["error", { threshold: 0 }],
    "typescript/consistent-type-imports": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "max-params": ["error", { max: 3 }],
    "no-console": "error",
    "unicorn/no-new-array": "off",
  },
  overrides: [
    ...roomRules,
    ...nodeFiles,
    {
      files: ["src/{eeg,formats,source,signal,tokens,model,decode,train,protocol}/**/*.ts"],
      rules: {
        "no-restricted-globals": [
          "error",
          "Date",
          "setTimeout",
          "setInterval",
          "setImmediate",
          ...pageGlobals,
        ],
      },
    },
    {
      files: ["src/{capture,report,server,lsl,client,cli}/**/*.ts"],
      rules: { "no-restricted-globals": ["error", ...pageGlobals] },
    },
    { files: ["src/**/clock.ts"], rules: { "no-restricted-globals": "off" } },
    {
      files: ["src/index.ts", "src/index.node.ts", "src/*/index.ts", "src/*/index.node.ts"],
      rules: { "oxc/no-barrel-file": "off" },
    },
    { files: ["src/cli/**", "bench/**", "scripts/**", "examples/**"], rules: { "no-console": "off" } },
    { files: ["*.config.js", "test/environment.js"], rules: { "import/no-default-export": "off" } },
    { files: ["**/*.as.ts"], rules: { "max-params": "off" } },
  ],
  ignorePatterns: ["dist", "node_modules", "**/*.wasm.ts"],
};
writeFileSync(new URL("../.oxlintrc.json", import.meta.url), JSON.stringify(config, null, 2) + "\n");
