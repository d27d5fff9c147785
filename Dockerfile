# Build: the environment from the lock file. Run: that and the code, as an ordinary user.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir "uv>=0.13,<0.14"
WORKDIR /sheaf
COPY pyproject.toml uv.lock ./
# docker build --build-arg EXTRAS="--extra suggest" brings what SHEAF_SUGGEST needs.
ARG EXTRAS=""
RUN uv sync --locked --no-dev --compile-bytecode $EXTRAS

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/sheaf sheaf
WORKDIR /sheaf
COPY --from=build /sheaf/.venv .venv
COPY app app
COPY migrations migrations
USER sheaf
ENV SHEAF_DATA_DIR=/var/lib/sheaf SHEAF_HOST=0.0.0.0
VOLUME /var/lib/sheaf
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD [".venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD [".venv/bin/python", "-m", "app", "serve"]
