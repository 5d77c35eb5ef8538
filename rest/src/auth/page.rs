//! Pages: HTML with one style sheet in it that is allowed by its hash, and without a script but where passkeys are.

use super::passkey::SCRIPT;
use crate::House;
use app::Fault;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use std::{fmt::Write as _, sync::LazyLock};

static STYLE: &str = include_str!("page.css");
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| BASE64_STANDARD.encode(Sha256::digest(STYLE)));

/// The policy of a page whose own cannot be written.
const NOTHING: &str = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// What every page says where nobody has to say who they are.
pub(crate) const OPEN_NOTICE: &str =
    "Authentication is off: everybody who reaches this Studio acts for its default customer.";

/// A page of ours.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// Markup; every text in it is escaped already.
    pub(super) body: String,
    pub(super) is_wide: bool,
    /// Whether it needs our script; no other one runs.
    pub(super) has_script: bool,
    /// Where a form of it leads besides, by its origin; see [`super::visit::Visit::way_out`].
    pub(super) leads_to: Option<String>,
    pub(super) status: StatusCode,
}

/// A text as it may stand in markup and in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Where forms may lead: here, and to one other place at most.
fn form_targets(leads_to: Option<&str>) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]/".contains(&byte);
    let origin = leads_to.filter(|origin| origin.bytes().all(is_plain));
    origin.map_or_else(|| "'self'".to_owned(), |origin| format!("'self' {origin}"))
}

impl Page<'_> {
    /// As it is sent: kept nowhere, framed by nobody, and no address with a secret in it is told to the next page.
    pub(super) fn answer(self, house: &House) -> Response {
        let (script, script_policy) = if self.has_script {
            let policy = " script-src 'self'; connect-src 'self'; require-trusted-types-for 'script';";
            (format!("<script src=\"{SCRIPT}\" defer></script>"), policy)
        } else {
            (String::new(), "")
        };
        let width = if self.is_wide { " class=\"wide\"" } else { "" };
        let open = match house.studio.settings.open_to {
            Some(_) => format!("<p class=\"note\" role=\"note\">{OPEN_NOTICE}</p>"),
            None => String::new(),
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" href=\"data:,\"><title>{title} · Studio</title><style>{STYLE}</style>{script}</head>\
             <body><main{width}><p class=\"mark\"><i aria-hidden=\"true\"></i>Studio</p>{open}<h1>{title}</h1>{body}</main>\
             </body></html>\n",
            title = escaped(self.title),
            body = self.body,
        );
        let policy = format!(
            "default-src 'none';{script_policy} img-src data:; style-src 'sha256-{}'; form-action {}; frame-ancestors 'none'; base-uri 'none'",
            *STYLE_HASH,
            form_targets(self.leads_to.as_deref()),
        );
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        let fixed = [
            (header::CACHE_CONTROL, "no-store"),
            // No other site learns an address. `no-referrer` would have browsers send `Origin: null` with our own forms.
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        // No page without one: what cannot be written allows nothing.
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(NOTHING));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// A form being written.
pub(super) struct Form<'a> {
    html: String,
    fault: Option<&'a Fault>,
    button: &'a str,
}

impl<'a> Form<'a> {
    /// A form that posts to `action`. What went wrong last time stands above it, and beside its field.
    pub(super) fn to(action: &str, button: &'a str, fault: Option<&'a Fault>) -> Self {
        let mut html = String::new();
        if let Some(fault) = fault {
            let _ =
                write!(html, "<p class=\"bad\" role=\"alert\" id=\"error\">{}</p>", escaped(&fault.public));
        }
        let _ = write!(html, "<form method=\"post\" action=\"{}\">", escaped(action));
        Self { html, fault, button }
    }

    /// A value that goes along.
    pub(super) fn hidden(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.html, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
        self
    }

    /// A field. `more` are further attributes, as they stand in markup.
    pub(super) fn field(mut self, name: &str, label: &str, value: &str, more: &str, hint: &str) -> Self {
        let told = self.fault.and_then(|fault| fault.members.get("field")).and_then(|field| field.as_str());
        let mut described = Vec::new();
        if told == Some(name) {
            described.push("error".to_owned());
        }
        if !hint.is_empty() {
            described.push(format!("{name}-hint"));
        }
        let invalid = if told == Some(name) { " aria-invalid=\"true\"" } else { "" };
        let described = match described.join(" ") {
            ids if ids.is_empty() => String::new(),
            ids => format!(" aria-describedby=\"{ids}\""),
        };
        let value = match value {
            "" => String::new(),
            value => format!(" value=\"{}\"", escaped(value)),
        };
        let _ = write!(
            self.html,
            "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\"{value}{invalid}{described} {more}>"
        );
        if !hint.is_empty() {
            let _ = write!(self.html, "<p class=\"hint\" id=\"{name}-hint\">{}</p>", escaped(hint));
        }
        self
    }

    /// The markup.
    pub(super) fn html(self) -> String {
        format!("{}<button class=\"wide-button\">{}</button></form>", self.html, escaped(self.button))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
        let fault = Fault::about("email", "<script>");
        let form =
            Form::to("/x", "Go", Some(&fault)).hidden("token", "\"><b>").field("email", "E", "\"y", "", "h");
        let html = form.html();
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"error email-hint\""), "{html}");
    }
}
