# spoor, and git, by which it knows what changed: docker run --rm -v "$PWD:/rules" spoor check
FROM rust:1.89-slim-bookworm AS build
WORKDIR /spoor
COPY . .
RUN cargo build --quiet --release --locked --bin spoor

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    # The mounted folder is somebody else's.
    && git config --system --add safe.directory '*'
COPY --from=build /spoor/target/release/spoor /usr/local/bin/spoor
WORKDIR /rules
USER nobody
ENTRYPOINT ["spoor"]
