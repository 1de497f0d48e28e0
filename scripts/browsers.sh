#!/usr/bin/env bash
# Installs the browsers that the page's tests drive, and the Vulkan loader that the WebGPU tests need to reach the
# software adapter inside Chromium's package. Where they cannot be installed, those tests skip and say so.
set -uo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v firefox-esr >/dev/null || missing+=(firefox-esr)
ldconfig -p 2>/dev/null | grep -q libvulkan.so.1 || missing+=(libvulkan1)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "not installed: ${missing[*]}; the tests that need them will skip (on Debian: apt-get install ${missing[*]})"
