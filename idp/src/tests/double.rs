//! A provider in this process. It keeps to the standard unless it is told otherwise.

use super::{CALLBACK, CLIENT};
use app::{fake::Time, port::sign_in::Callback};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _,
    },
};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use url::Url;

const BODY_BYTES: usize = 64 * 1024;

/// A key that signs.
pub(super) enum Signer {
    Es256(EcdsaKeyPair),
    Es384(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn new(algorithm: &str) -> Self {
        let random = SystemRandom::new();
        let ecdsa = |with| {
            let document = EcdsaKeyPair::generate_pkcs8(with, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(with, document.as_ref(), &random).unwrap()
        };
        match algorithm {
            "ES256" => Self::Es256(ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)),
            "ES384" => Self::Es384(ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)),
            "EdDSA" => {
                let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Self::EdDsa(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
            }
            other => panic!("{other}"),
        }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Es384(_) => "ES384",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// Its public part.
    pub(super) fn jwk(&self, kid: &str) -> Value {
        let point = |curve: &str, bytes: &[u8]| {
            let (x, y) = bytes[1..].split_at((bytes.len() - 1) / 2);
            json!({"kty": "EC", "crv": curve, "kid": kid, "use": "sig", "alg": self.algorithm(), "x": text(x), "y": text(y)})
        };
        match self {
            Self::Es256(pair) => point("P-256", pair.public_key().as_ref()),
            Self::Es384(pair) => point("P-384", pair.public_key().as_ref()),
            Self::EdDsa(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(pair.public_key().as_ref())})
            }
        }
    }

    /// A token with this header and these claims.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed =
            format!("{}.{}", text(header.to_string().as_bytes()), text(claims.to_string().as_bytes()));
        let signature = match self {
            Self::Es256(pair) | Self::Es384(pair) => {
                pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
            }
            Self::EdDsa(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", text(&signature))
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What it does when it is asked.
#[derive(Clone, Copy, Default, Debug)]
pub(super) enum Mood {
    #[default]
    Well,
    Status(u16),
    Garbage,
    Silent,
    Endless,
    Elsewhere,
}

/// What is set up and what was seen.
pub(super) struct Script {
    pub(super) signer: Signer,
    pub(super) kid: String,
    /// Its key set.
    pub(super) keys: Vec<Value>,
    /// Members of its document that are other than usual; null leaves one out.
    pub(super) document: Map<String, Value>,
    /// The same for the claims of its ID tokens.
    pub(super) claims: Map<String, Value>,
    pub(super) user_info: Value,
    pub(super) mood: Mood,
    /// How often each path was asked for.
    pub(super) asked: HashMap<String, usize>,
    /// The head and the body of the last call of the token endpoint.
    pub(super) token_call: (HeaderMap, HashMap<String, String>),
    /// What the token endpoint refuses with, if it is to refuse.
    pub(super) refusal: Option<&'static str>,
    codes: HashMap<String, (String, String)>,
}

/// A provider.
#[derive(Clone)]
pub(super) struct Double {
    pub(super) issuer: String,
    script: Arc<Mutex<Script>>,
    time: Arc<Time>,
}

impl Double {
    pub(super) async fn start(time: Arc<Time>) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
        let signer = Signer::new("ES384");
        let script = Arc::new(Mutex::new(Script {
            keys: vec![signer.jwk("k1")],
            signer,
            kid: "k1".to_owned(),
            document: Map::new(),
            claims: Map::new(),
            user_info: Value::Null,
            mood: Mood::default(),
            asked: HashMap::new(),
            token_call: (HeaderMap::new(), HashMap::new()),
            refusal: None,
            codes: HashMap::new(),
        }));
        let double = Self { issuer, script, time };
        let inner = double.clone();
        let router = Router::new().fallback(move |request| answer(inner.clone(), request));
        tokio::spawn(async move { axum::serve(listener, router).await });
        double
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// How often its document was fetched.
    pub(super) fn fetched(&self) -> usize {
        self.script().asked.get("/oidc/.well-known/openid-configuration").copied().unwrap_or_default()
    }

    /// Has its keys replaced by a new one.
    pub(super) fn rotate(&self, kid: &str, algorithm: &str) {
        let mut script = self.script();
        script.signer = Signer::new(algorithm);
        script.kid = kid.to_owned();
        script.keys = vec![script.signer.jwk(kid)];
    }

    /// Somebody signs in where this address leads.
    pub(super) fn authorize(&self, address: &str) -> Callback {
        let address = Url::parse(address).unwrap();
        let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(
            (asked["response_type"].as_str(), asked["code_challenge_method"].as_str()),
            ("code", "S256")
        );
        assert_eq!((asked["client_id"].as_str(), asked["redirect_uri"].as_str()), (CLIENT, CALLBACK));
        let mut script = self.script();
        let code = format!("code-{}", script.codes.len());
        script.codes.insert(code.clone(), (asked["nonce"].clone(), asked["code_challenge"].clone()));
        Callback {
            code: Some(code),
            state: Some(asked["state"].clone()),
            iss: Some(self.issuer.clone()),
            error: None,
        }
    }

    /// Claims of an ID token for Studio, made now.
    pub(super) fn claims(&self) -> Map<String, Value> {
        let now = self.time.present().timestamp();
        let claims = json!({
            "iss": self.issuer, "sub": "ada-1", "aud": CLIENT, "exp": now + 3600, "iat": now, "sid": "session-1",
            "email": "ada@example.org", "email_verified": true, "name": "Ada",
        });
        let mut claims = claims.as_object().unwrap().clone();
        overlay(&mut claims, &self.script().claims);
        claims
    }

    /// A token with these claims, signed as usual.
    pub(super) fn token(&self, claims: &Map<String, Value>) -> String {
        let script = self.script();
        let header = json!({"alg": script.signer.algorithm(), "kid": script.kid, "typ": "JWT"});
        script.signer.sign(&header, &Value::Object(claims.clone()))
    }

    fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let document = json!({
            "issuer": self.issuer, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"), "userinfo_endpoint": at("/me"), "end_session_endpoint": at("/session/end"),
            "id_token_signing_alg_values_supported": ["ES384", "ES256", "EdDSA", "RS256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let mut document = document.as_object().unwrap().clone();
        overlay(&mut document, &self.script().document);
        Value::Object(document)
    }

    /// Tokens for a code: once, and only for whoever began.
    fn tokens(&self, form: &HashMap<String, String>) -> Result<Value, &'static str> {
        let known = {
            let mut script = self.script();
            if let Some(refusal) = script.refusal {
                return Err(refusal);
            }
            script.codes.remove(form.get("code").map_or("", String::as_str))
        };
        let (nonce, challenge) = known.ok_or("invalid_grant")?;
        let verifier = form.get("code_verifier").ok_or("invalid_grant")?;
        if text(digest(&SHA256, verifier.as_bytes()).as_ref()) != challenge
            || form["redirect_uri"] != CALLBACK
        {
            return Err("invalid_grant");
        }
        let mut claims = self.claims();
        claims.entry("nonce").or_insert(nonce.into());
        Ok(json!({"id_token": self.token(&claims), "access_token": "opaque-1", "token_type": "Bearer"}))
    }
}

/// Members that are other than usual; null leaves one out.
fn overlay(members: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (name, value) in other {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

async fn answer(double: Double, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let mood = {
        let mut script = double.script();
        *script.asked.entry(path.clone()).or_default() += 1;
        script.mood
    };
    match mood {
        Mood::Well => {}
        Mood::Status(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Mood::Garbage => return "<html>It works!</html>".into_response(),
        Mood::Silent => return std::future::pending().await,
        Mood::Endless => return Body::from(vec![b' '; 4 * 1024 * 1024]).into_response(),
        Mood::Elsewhere => {
            return (StatusCode::FOUND, [(header::LOCATION, format!("{path}/x"))]).into_response();
        }
    }
    let form = to_bytes(body, BODY_BYTES).await.unwrap();
    match path.strip_prefix("/oidc").unwrap() {
        "/.well-known/openid-configuration" => axum::Json(double.document()).into_response(),
        "/jwks" => axum::Json(json!({"keys": double.script().keys})).into_response(),
        "/me" => axum::Json(double.script().user_info.clone()).into_response(),
        "/token" => {
            let form: HashMap<String, String> = serde_urlencoded::from_bytes(&form).unwrap();
            double.script().token_call = (parts.headers, form.clone());
            match double.tokens(&form) {
                Ok(tokens) => axum::Json(tokens).into_response(),
                Err(error) => (StatusCode::BAD_REQUEST, axum::Json(json!({"error": error}))).into_response(),
            }
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
