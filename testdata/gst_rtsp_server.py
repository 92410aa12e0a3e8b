#!/usr/bin/python3
"""A foreign RTSP server for the interoperability tests: GStreamer's, with a test picture and a clock in it, or a file.

Prints the port it listens on and then, while there is a client, what GStreamer's RTP session thinks of the client's
receiver reports: one JSON line per SSRC and second with the statistics of the internal source.
"""
import argparse
import json
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--auth", choices=["none", "basic", "digest"], default="none")
parser.add_argument("--user", default="admin")
parser.add_argument("--password", default="secret")
parser.add_argument("--frames", type=int, default=1500)
parser.add_argument("--encoder", default="x264enc key-int-max=25", help="the encoder and its properties")
parser.add_argument("--audio", metavar="ENCODER", help="a tone too, from this encoder, like voaacenc")
parser.add_argument("--file", help="an MP4 file with H.264 and AAC, served as it is instead of the test picture")
parser.add_argument("--tls", metavar="PEM", help="certificate and key: rtsps")
parser.add_argument("--address", default="127.0.0.1")
parser.add_argument("--port", default="0")
parser.add_argument("--protocols", help="tcp or udp: no other transport")
parser.add_argument("--network", metavar="PROPERTIES", help="those of netsim, through which the packets of the picture go")
options = parser.parse_args()

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address(options.address)
server.set_service(options.port)


def launch():
    """Describes the media as gst-launch has it."""
    if options.file:
        video = f"filesrc location={options.file} ! qtdemux name=file  file.video_0 ! queue ! h264parse"
        audio = "file.audio_0 ! queue ! aacparse"
    else:
        video = (f"videotestsrc num-buffers={options.frames} ! video/x-raw,width=640,height=360,framerate=25/1"
                 f" ! clockoverlay ! {options.encoder}")
        # As long as the picture: 25 frames of 40 ms are as long as 1 s of 48000 samples.
        audio = options.audio and (f"audiotestsrc num-buffers={options.frames} samplesperbuffer=1920"
                                   f" ! audio/x-raw,rate=48000,channels=2 ! {options.audio} ! aacparse")
    video += " ! queue name=out" if options.network else " ! rtph264pay name=pay0 pt=96"
    return f"( {video} {audio + ' ! rtpmp4gpay name=pay1 pt=97' if audio else ''} )"


class Factory(GstRtspServer.RTSPMediaFactory):
    """Makes the media, the payloader of the picture with a bad network behind it if that is asked for."""

    def do_create_element(self, _):
        media = Gst.parse_launch(launch())
        if options.network:
            payloader = Gst.parse_bin_from_description(f"rtph264pay pt=96 ! netsim {options.network}", True)
            payloader.set_name("pay0")
            media.add(payloader)
            media.get_by_name("out").link(payloader)
        return media


factory = Factory()
if options.protocols:
    factory.set_protocols({"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}[options.protocols])


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

if options.auth != "none" or options.tls:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if options.auth == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    elif options.auth == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    else:
        auth.set_default_token(token)
    if options.tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.tls))
    server.set_auth(auth)
    factory.add_role_from_structure(Gst.Structure.new_from_string(
        "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"))

server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
