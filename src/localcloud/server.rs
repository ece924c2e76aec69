//! HTTP/1.1 and HTTP/2 over TLS: requests from sockets to the engine and back.

use super::cloud::LocalCloud;
use super::wire::{Lost, Request, Response};
use axum::body::{Body, to_bytes};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::io;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;

/// ARM takes no body over 4 MB.
const LARGEST_BODY: usize = 4 << 20;

/// Accepts connections until it is stopped.
pub(super) async fn serve(
    cloud: LocalCloud,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    endpoint: String,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    let endpoint: Arc<str> = endpoint.into();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // A connection that failed before it was one is the client's affair.
        let Ok((stream, _)) = accepted else { continue };
        let connection = connection(cloud.clone(), stream, acceptor.clone(), endpoint.clone());
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = connection => {}
            }
        });
    }
}

async fn connection(cloud: LocalCloud, stream: TcpStream, acceptor: TlsAcceptor, endpoint: Arc<str>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (cloud, endpoint) = (cloud.clone(), endpoint.clone());
        async move { answer(&cloud, request, &endpoint).await }
    });
    // Clients hang up when they like.
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// Answers a request; an error: not at all, the connection is lost.
async fn answer(
    cloud: &LocalCloud,
    request: hyper::Request<Incoming>,
    endpoint: &str,
) -> io::Result<hyper::Response<Body>> {
    let (head, body) = request.into_parts();
    let host = head
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| head.headers.get("host").and_then(|host| host.to_str().ok()).map(str::to_owned));
    let origin = host.map_or_else(|| endpoint.to_owned(), |host| format!("https://{host}"));
    let Ok(body) = to_bytes(Body::new(body), LARGEST_BODY).await else {
        return Ok(to_http(Response::json(
            413,
            serde_json::json!({"error": {"code": "RequestEntityTooLarge", "message": "The request content size exceeds the maximum size of 4 MB."}}),
        )));
    };
    let uri = head.uri.path_and_query().map_or("/", |uri| uri.as_str());
    let mut request = Request::new(head.method.as_str(), &origin, uri, body.to_vec());
    request.headers = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let response = cloud.handle(&request);
    let wait = response.delay + cloud.latency();
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match response.lost {
        // Whoever serves the connection closes it (HTTP/1.1) or resets the stream (HTTP/2).
        Some(Lost::Cut) => Err(io::Error::other("a chaos rule cut the connection")),
        Some(Lost::Silent) => std::future::pending().await,
        None => Ok(to_http(response)),
    }
}

fn to_http(response: Response) -> hyper::Response<Body> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let body = match &response.body {
        Some(body) => {
            builder = builder.header("Content-Type", "application/json; charset=utf-8");
            Body::from(serde_json::to_vec(body).unwrap_or_default())
        }
        None => Body::empty(),
    };
    builder.body(body).unwrap_or_else(|_| {
        let mut broken = hyper::Response::new(Body::empty());
        *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
