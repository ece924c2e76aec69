"""A proxy that stands in for the internet: it answers for the hosts that it is told of, over TLS with a root of its own, and refuses
all others. It must not know what asks."""
import http.server
import pathlib
import ssl
import subprocess
import threading
import urllib.parse


class Internet:
    """Answers {url: text} until the program ends; `environment` says how it is reached."""

    def __init__(self, folder, answers):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        hosts = sorted({urllib.parse.urlsplit(url).hostname for url in answers})
        self.context = certificate(folder, hosts)
        self.answers = {(urllib.parse.urlsplit(url).hostname, urllib.parse.urlsplit(url).path or "/"): text for url, text in answers.items()}
        self.hosts = hosts
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.environment = {"HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}", "SSL_CERT_FILE": str(folder / "root.pem")}


def certificate(folder, hosts):
    """A TLS context for these hosts, under a root of its own in root.pem."""
    names = ",".join(f"DNS:{host}" for host in hosts)
    run = lambda *words: subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-days", "2", "-subj", "/CN=stand-in")
    run("req", *key, "-keyout", "host.key", "-out", "host.csr", "-subj", f"/CN={hosts[0]}")
    (folder / "host.ext").write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
    run("x509", "-req", "-in", "host.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "2", "-extfile", "host.ext", "-out", "host.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem", folder / "host.key")
    return context


def handler(internet):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = None

        def do_CONNECT(self):
            host, _, port = self.path.rpartition(":")
            if host not in internet.hosts or port != "443":
                self.send_error(502, f"the stand-in answers only for {', '.join(internet.hosts)}")
                return
            self.send_response(200)
            self.end_headers()
            self.host = host
            self.connection = internet.context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

        def do_GET(self):
            text = internet.answers.get((self.host, urllib.parse.urlsplit(self.path).path))
            body = (text or "").encode()
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
