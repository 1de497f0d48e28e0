export default {
  testEnvironment: "./test/environment.js",
  extensionsToTreatAsEsm: [".ts"],
  testTimeout: 60_000, // a property test on a loaded machine is slow, not wrong
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
};
