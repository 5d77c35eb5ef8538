//! `GraphiQL` (MIT, vendored from npm, gzip; see `graphiql/NOTICE`), so that it works without the internet. The page is
//! public; every query it sends needs an API key in its headers pane, or a browser that is signed in.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

static PAGE: &str = include_str!("graphiql/index.html");
static START: &str = include_str!("graphiql/start.js");
static GRAPHIQL_GZIP: &[u8] = include_bytes!("graphiql/graphiql.min.js.gz");
static STYLE_GZIP: &[u8] = include_bytes!("graphiql/graphiql.min.css.gz");
static REACT_GZIP: &[u8] = include_bytes!("graphiql/react.min.js.gz");
static REACT_DOM_GZIP: &[u8] = include_bytes!("graphiql/react-dom.min.js.gz");

/// Only our own scripts and styles; the page calls only this Studio.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; font-src 'self' data:; \
     style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'";

/// The page's files.
pub(crate) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/graphql/ui/start.js", get(|| async { file("text/javascript", None, START.as_bytes()) }))
        .route(
            "/graphql/ui/graphiql.js",
            get(|| async { file("text/javascript", Some("gzip"), GRAPHIQL_GZIP) }),
        )
        .route("/graphql/ui/graphiql.css", get(|| async { file("text/css", Some("gzip"), STYLE_GZIP) }))
        .route("/graphql/ui/react.js", get(|| async { file("text/javascript", Some("gzip"), REACT_GZIP) }))
        .route(
            "/graphql/ui/react-dom.js",
            get(|| async { file("text/javascript", Some("gzip"), REACT_DOM_GZIP) }),
        )
}

/// What the page says where nobody has to say who they are.
const OPEN_NOTICE: &str = "<body>\n<p role=\"note\">Authentication is off: everybody who reaches this Studio acts for its default customer.</p>";

/// The page; `is_open` if nobody has to say who they are.
pub(crate) fn page(is_open: bool) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    let page = if is_open { PAGE.replacen("<body>", OPEN_NOTICE, 1) } else { PAGE.to_owned() };
    (headers, page).into_response()
}

/// Every browser takes gzip.
fn file(kind: &'static str, encoding: Option<&'static str>, bytes: &'static [u8]) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")];
    let mut response = (headers, bytes).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}
