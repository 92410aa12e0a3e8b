# The recorder alone: docker build -t timeslate . && docker run -v "$PWD:/recordings" timeslate record rtsp://… garage
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /timeslate ./cmd/timeslate

FROM scratch
COPY --from=build /timeslate /timeslate
WORKDIR /recordings
STOPSIGNAL SIGTERM
ENTRYPOINT ["/timeslate"]
