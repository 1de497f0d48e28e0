// Puts a build of liblsl (Lab Streaming Layer) into brainwire's cache, for the tests, and prints its path.
//   LSL_LIB=$(node scripts/liblsl.mjs) npm test -- test/lsl
// It comes out of the npm package lsl.js, which carries liblsl 1.12 (MIT) for several platforms; the package itself is
// not installed. People who use LSL have their own liblsl.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const version = "1.1.2";
const integrity =
  "sha512-uY4i8haN6zmnTNj+qqj3Qe/VZecO3uLu/xjKVKakQ4kkXSYnQHaEpoeVf9quPal50Ot6Y1RsWNeVSQkHfZ9DFQ==";
const builds = {
  "linux-x64": "liblsl64.so",
  "darwin-x64": "liblsl64.dylib",
  "darwin-arm64": "liblslarm.dylib",
  "win32-x64": "liblsl64.dll",
};

const name = builds[`${process.platform}-${process.arch}`];
if (!name) {
  console.error(`no build of liblsl for ${process.platform} ${process.arch} in lsl.js ${version}`);
  process.exit(1);
}
const folder = join(process.env.BRAINWIRE_CACHE ?? join(homedir(), ".cache", "brainwire"), "liblsl");
const target = join(folder, name);
if (!existsSync(target)) {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "download-"));
  try {
    execFileSync("npm", ["pack", `lsl.js@${version}`, "--pack-destination", work, "--silent"], {
      cwd: work,
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    const [tarball] = readdirSync(work).filter((file) => file.endsWith(".tgz"));
    const bytes = readFileSync(join(work, tarball));
    const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (found !== integrity) throw new Error(`lsl.js ${version} is not what was published: ${found}`);
    writeFileSync(join(work, name), member(gunzipSync(bytes), `package/prebuilt/${name}`));
    renameSync(join(work, name), target);
  } catch (error) {
    console.error(`liblsl could not be fetched: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
if (existsSync(target)) console.log(target);

/** A file of a tar archive (POSIX ustar: headers of 512 bytes, contents padded to 512). */
function member(tar, path) {
  for (let at = 0; at + 512 <= tar.length;) {
    const header = tar.subarray(at, at + 512);
    const size = Number.parseInt(header.toString("latin1", 124, 136), 8) || 0;
    const is = header.toString("utf8", 0, 100).replace(/\0.*$/s, "");
    if (is === path) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${path} is not in the package`);
}
