# Build: the environment from the lock file, and the code, all of it compiled.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir "uv>=0.13,<0.14"
WORKDIR /sheaf
COPY pyproject.toml uv.lock ./
# docker build --build-arg EXTRAS="--extra suggest" brings what SHEAF_SUGGEST needs. What SHEAF_OIDC_ISSUER
# needs is small, and there.
ARG EXTRAS=""
RUN uv sync --locked --no-dev --no-cache --compile-bytecode --extra oidc $EXTRAS
COPY app app
COPY migrations migrations
RUN .venv/bin/python -m compileall -q app migrations

# Run: these files, which belong to root, as somebody who can write to the data folder alone.
FROM python:3.13-slim
RUN useradd --uid 10001 --no-log-init --no-create-home --home-dir /var/lib/sheaf --shell /usr/sbin/nologin sheaf \
    && install --directory --owner sheaf --group sheaf --mode 0700 /var/lib/sheaf
WORKDIR /sheaf
COPY --from=build /sheaf /sheaf
COPY LICENSE ./
ENV PATH=/sheaf/.venv/bin:$PATH \
    PYTHONPATH=/sheaf \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SHEAF_DATA_DIR=/var/lib/sheaf \
    SHEAF_HOST=0.0.0.0 \
    SHEAF_PORT=8000
USER 10001
VOLUME /var/lib/sheaf
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['SHEAF_PORT'] + '/readyz', timeout=4)"]
# docker run … backup /var/lib/sheaf/sheaf.backup, and so on: the commands of docs/contract.md.
ENTRYPOINT ["python", "-P", "-m", "app"]
CMD ["serve"]
