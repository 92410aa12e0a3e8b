#!/usr/bin/python3
"""A foreign RTSP server for the interoperability tests: GStreamer's, with a test picture and a clock in it.

Prints the port it listens on and then, when the first client leaves, what GStreamer's RTP session thinks of the
client's receiver reports: one JSON line per SSRC with the statistics of the internal source.
"""
import argparse
import json
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--auth", choices=["none", "basic", "digest"], default="none")
parser.add_argument("--user", default="admin")
parser.add_argument("--password", default="secret")
parser.add_argument("--frames", type=int, default=1500)
parser.add_argument("--encoder", default="x264enc key-int-max=25", help="the encoder and its properties")
options = parser.parse_args()

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")

factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( videotestsrc num-buffers={options.frames} ! video/x-raw,width=640,height=360,framerate=25/1"
    f" ! clockoverlay ! {options.encoder} ! rtph264pay name=pay0 pt=96 )")


def watch(_, media):
    """Remembers the newest receiver report of the client, as rtpsession counted it."""
    def poll():
        stream = media.get_stream(0)
        session = stream and stream.get_rtpsession()
        if session:
            stats = session.get_property("stats")
            for source in stats.get_value("source-stats") or []:
                row = {}
                for i in range(source.n_fields()):
                    name = source.nth_field_name(i)
                    if name in ("ssrc", "internal", "is-sender", "rb-ssrc", "rb-fractionlost", "rb-packetslost", "have-rb",
                                "rb-exthighestseq", "rb-jitter", "rb-lsr", "rb-dlsr", "rb-round-trip", "packets-sent", "seqnum-base"):
                        row[name] = source.get_value(name)
                print(json.dumps(row), flush=True)
        return True
    GLib.timeout_add(1000, poll)


factory.connect("media-configure", watch)
server.get_mount_points().add_factory("/test", factory)

if options.auth != "none":
    auth = GstRtspServer.RTSPAuth()
    method = GstRtspServer  # the enumeration lives in GstRtsp
    gi.require_version("GstRtsp", "1.0")
    from gi.repository import GstRtsp  # noqa: E402
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if options.auth == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    server.set_auth(auth)
    factory.add_role_from_structure(Gst.Structure.new_from_string(
        "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"))

server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
