# One image for every node. Works with the classic builder: nothing here needs BuildKit.

# The manifests alone: what follows is built anew only when a dependency changes, not with every line of code.
FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY packages packages
RUN find packages -mindepth 2 ! -path 'packages/*/package.json' -delete
COPY package.json package-lock.json ./

# What a node needs to run, and no compiler, linter or test runner.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
# npm omits a package that is wanted for development, but not what a package of this repository wants in turn.
RUN npm pkg delete devDependencies --workspaces --include-workspace-root \
    && npm ci --ignore-scripts --no-audit --no-fund --workspace packages/server --workspace packages/cli

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY packages packages
RUN node node_modules/typescript/bin/tsc -b packages/server packages/cli \
    && node packages/dashboard/build.mjs \
    && find packages -mindepth 2 -maxdepth 2 '(' -name src -o -name testing -o -name 'tsconfig*.json' -o -name node_modules ')' \
        -exec rm -rf '{}' + \
    && find packages '(' -name '*.d.ts' -o -name '*.map' -o -name .tsbuildinfo ')' -delete

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 HTTP_PORT=8080 \
    GRPC_HOST=0.0.0.0 GRPC_PORT=9090 \
    PEER_HOST=0.0.0.0 PEER_PORT=7000 \
    RINGKV_NODES=http://127.0.0.1:8080
COPY --from=dependencies /app ./
COPY --from=build /app/packages packages
# For `docker-compose exec node1 ringkv status`.
RUN ln -s /app/packages/cli/bin/ringkv.mjs /usr/local/bin/ringkv
# What installs packages has no business here, and is what scanners complain of.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn* \
        /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn* /usr/local/bin/corepack
# A volume begins as a copy of this, owner included.
RUN mkdir /snapshots && chown node:node /snapshots
USER node
EXPOSE 8080 9090 7000
# Ready, not merely alive: a node that cannot reach its Redis should not count as healthy.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["node", "-e", "require(process.env.TLS_CERT_FILE?'https':'http').get({port:process.env.HTTP_PORT,path:'/readyz',timeout:2000,rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('timeout',()=>process.exit(1)).on('error',()=>process.exit(1))"]
# Node itself, not npm: the signal to leave must reach it. Nothing needs __proto__, which an attacker might; code from
# strings cannot be forbidden as well, since protobufjs (gRPC) makes its encoders of them.
# The other flag: half of the room that V8 gives to new objects, see packages/server/DESIGN.md.
CMD ["node", "--disable-proto=throw", "--max-semi-space-size=12", "packages/server/dist/main.js"]
