# Image of every process: `serve` (the default), `worker`, `migrate` and the other subcommands.
# It has no embedded database: set REGULARS_DATABASE_URL. It writes to /tmp only.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/regulars
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip --python /opt/regulars/bin/python install --root-user-action=ignore --require-hashes --requirement constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY app app
RUN --mount=type=cache,target=/root/.cache/pip pip --python /opt/regulars/bin/python install --root-user-action=ignore --no-deps .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Regulars" \
      org.opencontainers.image.description="Customer segmentation for retailers" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 regulars \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin regulars
COPY --from=build /opt/regulars /opt/regulars
ENV PATH="/opt/regulars/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('REGULARS_PORT', '8000')}/health/live\", timeout=4)"]
ENTRYPOINT ["regulars"]
CMD ["serve"]
