# One image for every component; the first argument names it (controller, webhook, cainjector, acmesolver, startupapicheck, all).
# It has no shell and runs as a user without rights, on a read-only root filesystem.
#
#   docker build -t certwright .                                      with the public base images below
#   docker build --target cert-manager-webhook -t cert-manager-webhook .   under upstream's image names, without a first argument
#   npm run image                                                     without any registry, by buildah, on a base made on the spot
#
# RUNTIME_IMAGE has node at /nodejs/bin/node, as the distroless images have, the C library that it links to, and CA certificates.
# BUNDLE=prebuilt takes dist/ as `npm run build` has left it, instead of building it in BUILD_IMAGE.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12
ARG BUNDLE=built

FROM ${BUILD_IMAGE} AS built
WORKDIR /work
COPY package.json package-lock.json .npmrc ./
# The one install script fetches a Node, which is here already.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts && mv dist /bundle && find /bundle -name '*.map' -delete

FROM scratch AS prebuilt
COPY dist /bundle

FROM ${BUNDLE} AS bundle

FROM ${RUNTIME_IMAGE} AS program
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="certwright" \
      org.opencontainers.image.description="A Kubernetes certificate operator: a drop-in for cert-manager" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=bundle /bundle /app
# scripts/node-flags.ts says why; test/unit/image.test.ts compares.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /
# By number: a kubelet can then see that it is not root.
USER 1000:1000
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs"]
CMD []

FROM program AS cert-manager-controller
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs", "controller"]

FROM program AS cert-manager-webhook
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs", "webhook"]

FROM program AS cert-manager-cainjector
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs", "cainjector"]

FROM program AS cert-manager-acmesolver
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs", "acmesolver"]

FROM program AS cert-manager-startupapicheck
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=30", "/app/certwright.mjs", "startupapicheck"]

FROM program AS certwright
