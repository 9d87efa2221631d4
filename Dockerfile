# Tapedeck as a container: `scripts/container` builds it, docs/server.md describes it.
#
# The image holds the Debian package of scripts/package, for the architecture that it was made on.
FROM debian:12-slim

# The package, such as dist/tapedeck_0.1.0_amd64.deb.
ARG PACKAGE

COPY ${PACKAGE} /tmp/tapedeck.deb
RUN apt-get update \
    && apt-get install -y --no-install-recommends /tmp/tapedeck.deb \
    && rm -rf /var/lib/apt/lists/* /tmp/tapedeck.deb \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/tapedeck --shell /usr/sbin/nologin tapedeck

USER 10001
WORKDIR /var/lib/tapedeck
ENV TAPEDECK_STORE=/store TAPEDECK_MODELS=/models
EXPOSE 8080

# The image has no curl; bash opens the connection. /healthz needs no token.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]

# Callers from outside the container need TAPEDECK_TOKEN.
ENTRYPOINT ["tapedeck"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
