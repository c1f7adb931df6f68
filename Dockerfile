# Picket's services as images, one target each: ingress, archive, analysis, api, dashboard. compose.yaml builds and runs them;
# alone: docker build --target ingress --tag picket/ingress .
ARG NODE=node:24.21.0-bookworm-slim

# ---- which packages there are; its layers change only with a package.json or the lock file

FROM ${NODE} AS manifests
WORKDIR /picket
COPY .npmrc package.json package-lock.json ./
COPY proto/package.json proto/
COPY native/package.json native/
COPY agent/package.json agent/
COPY services/package.json services/
COPY dashboard/package.json dashboard/
COPY e2e/package.json e2e/
COPY bench/package.json bench/

# ---- what the services run on: their libraries, without tools and without the embedded engines (npm's optional packages)

FROM manifests AS libraries
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --omit=dev --omit=optional --workspace=@picket/proto --workspace=@picket/services \
    && mkdir -p services/node_modules

# ---- what has to be built: the wire protocol, then the dashboard. The lock file says where in node_modules a package is, so that
# the libraries from above complete what the tools bring, and nothing is installed twice

FROM manifests AS protocol
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --include-workspace-root --workspace=@picket/proto --workspace=@picket/dashboard
COPY proto proto
RUN npm run build --workspace=@picket/proto

FROM protocol AS pages
COPY --from=libraries /picket/node_modules node_modules
COPY --from=libraries /picket/services/node_modules services/node_modules
COPY services services
COPY dashboard dashboard
ENV NEXT_TELEMETRY_DISABLED=1
RUN node dashboard/build.ts

FROM ${NODE} AS runtime
# A number that no person on the host has by default: what it owns in volumes and can read of secrets is nobody else's.
RUN groupadd --gid 10001 picket \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/picket --shell /usr/sbin/nologin picket \
    && install --directory --owner=picket --group=picket --mode=0700 /var/lib/picket
ENV NODE_ENV=production PICKET_DATA=/var/lib/picket
WORKDIR /opt/picket
COPY deploy/compose/*.mjs ./

FROM runtime AS check-secrets
USER picket

FROM runtime AS service
COPY --from=libraries /picket/package.json ./
COPY --from=libraries /picket/node_modules node_modules
COPY --from=protocol /picket/proto proto
COPY services services
COPY --from=libraries /picket/services/node_modules services/node_modules
USER picket

# ---- the services

FROM service AS ingress
EXPOSE 5001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthy.mjs", "http://127.0.0.1:5001/healthz"]
CMD ["node", "services/main/ingress.ts"]

FROM service AS archive
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthy.mjs", "http://127.0.0.1:9464/healthz"]
CMD ["node", "services/main/archive.ts"]

FROM service AS analysis
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthy.mjs", "http://127.0.0.1:9464/healthz"]
CMD ["node", "services/main/analysis.ts"]

FROM service AS api
EXPOSE 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthy.mjs", "http://127.0.0.1:3001/healthz"]
CMD ["node", "services/main/api.ts"]

FROM runtime AS dashboard
COPY dashboard/package.json dashboard/start.ts dashboard/
COPY dashboard/server dashboard/server
COPY --from=pages /picket/dashboard/.next/standalone dashboard/.next/standalone
USER picket
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "healthy.mjs", "http://127.0.0.1:3000/icon.svg"]
CMD ["node", "--max-old-space-size=192", "dashboard/start.ts"]
