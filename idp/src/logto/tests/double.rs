//! A LogTo in this process: its token endpoint, and as much of its management API as real answers were recorded of.

use app::fake::Time;
use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(super) const CLIENT: &str = "machine-1";
pub(super) const SECRET: &str = "machine-secret";
pub(super) const AUDIENCE: &str = "https://default.logto.app/api";
const BODY_BYTES: usize = 64 * 1024;
const PAGE_ROWS: usize = 20;
const PAGE_ROWS_MAX: usize = 100;
const USER_ID_CHARS: usize = 12;
const ID_CHARS: usize = 21;

/// How it feels.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Well,
    Away,
    RefusesTokens,
    RefusesStudio,
    /// Its pages are shorter than they are asked to be.
    ShortPages,
    /// All pages but the first are empty.
    LosesPages,
}

#[derive(Default)]
struct State {
    mood: Mood,
    numbers: u64,
    tokens: Vec<String>,
    given: usize,
    calls: usize,
    resources: Vec<Value>,
    scopes: Vec<Value>,
    roles: Vec<Value>,
    role_scopes: HashMap<String, Vec<String>>,
    users: Vec<Value>,
    user_roles: HashMap<String, Vec<String>>,
    hooks: Vec<Value>,
}

/// What it answers: a status, headers beside the type, a body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
}

impl Answer {
    fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    fn no(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, json!({"code": code, "message": message}))
    }

    fn not_found() -> Self {
        Self::no(404, "entity.not_found", "The resource does not exist.")
    }

    fn unauthorized() -> Self {
        let data = json!({"code": "ERR_JWS_INVALID", "name": "JWSInvalid"});
        let message = "Unauthorized. Please check credentials and its scope.";
        Self::new(401, json!({"code": "auth.unauthorized", "data": data, "message": message}))
    }
}

/// A LogTo.
#[derive(Clone)]
pub(super) struct Double {
    pub(super) base: String,
    state: Arc<Mutex<State>>,
    time: Arc<Time>,
}

impl Double {
    pub(super) async fn start(time: Arc<Time>) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let management = json!({"tenantId": "default", "id": "management-api", "name": "Logto Management API",
            "indicator": AUDIENCE, "isDefault": false, "accessTokenTtl": 3600});
        let state = State { resources: vec![management], ..State::default() };
        let double = Self { base, state: Arc::new(Mutex::new(state)), time };
        let machines = json!({"name": "Logto Management API access", "type": "MachineToMachine", "scopeIds": [],
            "description": "This default role grants access to the Logto management API."});
        double.make("/roles", &machines);
        let inner = double.clone();
        let router = Router::new().fallback(move |request| serve(inner.clone(), request));
        tokio::spawn(async move { axum::serve(listener, router).await });
        double
    }

    pub(super) fn set(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub(super) fn tokens_given(&self) -> usize {
        self.state.lock().unwrap().given
    }

    pub(super) fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    pub(super) fn forget_tokens(&self) {
        self.state.lock().unwrap().tokens.clear();
    }

    /// What a call without the network answers; the path has its query.
    pub(super) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut query: HashMap<String, String> = serde_urlencoded::from_str(query).unwrap();
        let mood = self.state.lock().unwrap().mood;
        if mood == Mood::ShortPages && query.contains_key("page") {
            query.insert("page_size".to_owned(), "50".to_owned());
        }
        if mood == Mood::LosesPages && query.get("page").is_some_and(|page| page != "1") {
            query.insert("page".to_owned(), "1000".to_owned());
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let now = self.time.present().timestamp_millis();
        let (body, base) = (body.cloned().unwrap_or_default(), self.base.as_str());
        let mut state = self.state.lock().unwrap();
        match (method, parts.as_slice()) {
            ("GET", ["resources"]) => match query.get("page") {
                None => Answer::new(200, state.resources.clone().into()),
                Some(_) => paged(&state.resources, &query, base, path),
            },
            ("POST", ["resources"]) => state.make_resource(&body),
            ("GET", ["resources", id, "scopes"]) => {
                let own: Vec<Value> =
                    state.scopes.iter().filter(|scope| scope["resourceId"] == *id).cloned().collect();
                paged(&own, &query, base, path)
            }
            ("POST", ["resources", id, "scopes"]) => state.make_scope(id, &body, now),
            ("GET", ["roles"]) => paged(&state.roles_with_counts(), &query, base, path),
            ("POST", ["roles"]) => state.make_role(&body),
            ("GET", ["roles", id, "scopes"]) => state.scopes_of(id),
            ("POST", ["users"]) => state.make_user(&body, now),
            ("GET", ["users", id]) => {
                state.user(id).map_or_else(Answer::not_found, |user| Answer::new(200, user.clone()))
            }
            ("GET", ["users", id, "roles"]) => match state.user(id) {
                Some(_) => paged(&state.roles_of(id), &query, base, path),
                None => Answer::not_found(),
            },
            ("POST", ["users", id, "roles"]) => state.give_roles(id, &body),
            ("DELETE", ["users", id, "roles", role]) => state.take_role(id, role),
            (_, ["users", id, rest]) => state.change(method, id, rest, &body, now),
            ("POST", ["hooks"]) => state.make_hook(&body, now),
            ("POST", ["hooks", _, "test"]) => Answer::new(204, "".into()),
            _ => Answer::not_found(),
        }
    }

    /// Makes something and tells its id.
    pub(super) fn make(&self, path: &str, body: &Value) -> String {
        self.ask("POST", path, Some(body)).body["id"].as_str().unwrap().to_owned()
    }

    /// What is there.
    pub(super) fn shown(&self, path: &str) -> Value {
        self.ask("GET", path, None).body
    }

    fn token(&self, authorization: &str, form: &HashMap<String, String>) -> Answer {
        let mut state = self.state.lock().unwrap();
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
        if state.mood == Mood::RefusesStudio || authorization != basic {
            let words = "client authentication failed";
            return Answer::new(401, json!({"error": "invalid_client", "error_description": words}));
        }
        assert_eq!((form["grant_type"].as_str(), form["scope"].as_str()), ("client_credentials", "all"));
        assert_eq!(form["resource"], AUDIENCE);
        state.given += 1;
        let token = format!("token-{}", state.given);
        state.tokens.push(token.clone());
        Answer::new(
            200,
            json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer", "scope": "all"}),
        )
    }

    /// Whether a bearer may call.
    fn admits(&self, authorization: &str) -> bool {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        let is_known = |token: &str| state.tokens.iter().any(|known| known == token);
        state.mood != Mood::RefusesTokens && authorization.strip_prefix("Bearer ").is_some_and(is_known)
    }
}

impl State {
    /// A name like LogTo's own.
    fn id(&mut self, chars: usize) -> String {
        self.numbers += 1;
        format!("{:a>chars$}", self.numbers)
    }

    fn user(&self, id: &str) -> Option<&Value> {
        self.users.iter().find(|user| user["id"] == *id)
    }

    fn make_resource(&mut self, body: &Value) -> Answer {
        let mut made = json!({"tenantId": "default", "id": self.id(ID_CHARS), "name": body["name"],
            "indicator": body["indicator"], "isDefault": false, "accessTokenTtl": 3600});
        self.resources.push(made.clone());
        made["scopes"] = json!([]);
        Answer::new(201, made)
    }

    fn make_scope(&mut self, resource: &str, body: &Value, now: i64) -> Answer {
        let made = json!({"tenantId": "default", "id": self.id(ID_CHARS), "resourceId": resource, "name": body["name"],
            "description": body["description"], "createdAt": now});
        self.scopes.push(made.clone());
        Answer::new(201, made)
    }

    fn make_role(&mut self, body: &Value) -> Answer {
        let id = self.id(ID_CHARS);
        let made = json!({"tenantId": "default", "id": id, "name": body["name"], "description": body["description"],
            "type": body["type"], "isDefault": false});
        let scopes = body["scopeIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
        self.role_scopes.insert(id, scopes.collect());
        // The newest comes first.
        self.roles.insert(0, made.clone());
        Answer::new(200, made)
    }

    fn roles_with_counts(&self) -> Vec<Value> {
        let counted = |role: &Value| {
            let mut role = role.clone();
            let users =
                self.user_roles.values().filter(|roles| roles.iter().any(|id| role["id"] == *id)).count();
            role["usersCount"] = users.into();
            role["featuredUsers"] = json!([]);
            role["applicationsCount"] = 0.into();
            role["featuredApplications"] = json!([]);
            role
        };
        self.roles.iter().map(counted).collect()
    }

    fn scopes_of(&self, role: &str) -> Answer {
        let Some(ids) = self.role_scopes.get(role) else { return Answer::not_found() };
        let scopes = self.scopes.iter().filter(|scope| ids.iter().any(|id| scope["id"] == *id));
        let with_resource = |scope: &Value| {
            let mut scope = scope.clone();
            let resource = self.resources.iter().find(|resource| resource["id"] == scope["resourceId"]);
            scope["resource"] = resource.cloned().unwrap_or_default();
            scope
        };
        Answer::new(200, scopes.map(with_resource).collect())
    }

    fn make_user(&mut self, body: &Value, now: i64) -> Answer {
        let made = json!({"id": self.id(USER_ID_CHARS), "username": body["username"], "primaryEmail": body["primaryEmail"],
            "primaryPhone": null, "name": body["name"], "avatar": null, "customData": {}, "identities": {},
            "lastSignInAt": null, "createdAt": now, "updatedAt": now, "profile": {}, "applicationId": null,
            "isSuspended": false, "hasPassword": true});
        self.users.push(made.clone());
        Answer::new(200, made)
    }

    fn roles_of(&self, user: &str) -> Vec<Value> {
        let ids = self.user_roles.get(user).cloned().unwrap_or_default();
        self.roles.iter().filter(|role| ids.iter().any(|id| role["id"] == *id)).cloned().collect()
    }

    fn give_roles(&mut self, user: &str, body: &Value) -> Answer {
        if self.user(user).is_none() {
            return Answer::not_found();
        }
        let asked: Vec<String> =
            body["roleIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        for id in &asked {
            let Some(role) = self.roles.iter().find(|role| role["id"] == *id.as_str()) else {
                let message = format!("The roles with ID `{id}` does not exist.");
                return Answer::no(404, "entity.not_exists_with_id", &message);
            };
            if role["type"] != "User" {
                return Answer::no(
                    422,
                    "user.invalid_role_type",
                    "Invalid role type, can not assign it to user.",
                );
            }
        }
        let held = self.user_roles.entry(user.to_owned()).or_default();
        let added: Vec<String> = asked.iter().filter(|id| !held.contains(id)).cloned().collect();
        held.extend(added.clone());
        Answer::new(201, json!({"roleIds": asked, "addedRoleIds": added}))
    }

    fn take_role(&mut self, user: &str, role: &str) -> Answer {
        let held = self.user_roles.entry(user.to_owned()).or_default();
        let before = held.len();
        held.retain(|id| id != role);
        if held.len() == before { Answer::not_found() } else { Answer::new(204, "".into()) }
    }

    fn change(&mut self, method: &str, user: &str, what: &str, body: &Value, now: i64) -> Answer {
        let Some(user) = self.users.iter_mut().find(|one| one["id"] == *user) else {
            return Answer::not_found();
        };
        match (method, what) {
            ("GET", "custom-data") => {}
            ("PATCH", "custom-data") => {
                let members: Map<String, Value> = body["customData"].as_object().unwrap().clone();
                user["customData"].as_object_mut().unwrap().extend(members);
                user["updatedAt"] = now.into();
            }
            ("PATCH", "is-suspended") => {
                user["isSuspended"] = body["isSuspended"].clone();
                user["updatedAt"] = now.into();
                return Answer::new(200, user.clone());
            }
            _ => return Answer::not_found(),
        }
        Answer::new(200, user["customData"].clone())
    }

    fn make_hook(&mut self, body: &Value, now: i64) -> Answer {
        let made = json!({"tenantId": "default", "id": self.id(ID_CHARS), "name": body["name"], "event": null,
            "events": body["events"], "config": body["config"], "signingKey": "EXAMPLE-SIGNING-KEY", "enabled": true,
            "createdAt": now});
        self.hooks.push(made.clone());
        Answer::new(201, made)
    }
}

/// One page of a list, with how many there are.
fn paged(rows: &[Value], query: &HashMap<String, String>, base: &str, path: &str) -> Answer {
    let number = |name: &str, default: usize| query.get(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(page @ 1..), Some(size @ 1..=PAGE_ROWS_MAX)) =
        (number("page", 1), number("page_size", PAGE_ROWS))
    else {
        return Answer::no(400, "guard.invalid_pagination", "The request pagination value is invalid.");
    };
    let shown: Vec<Value> = rows.iter().skip((page - 1) * size).take(size).cloned().collect();
    let last = rows.len().div_ceil(size).max(1);
    let link = format!("<{base}{path}?page={last}>; rel=\"last\"");
    let headers = vec![("Total-Number", rows.len().to_string()), ("Link", link)];
    Answer { status: 200, headers, body: shown.into() }
}

async fn serve(double: Double, request: Request) -> Response {
    if double.state.lock().unwrap().mood == Mood::Away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_BYTES).await.unwrap();
    let authorization = parts.headers.get(header::AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
    let target = parts.uri.path_and_query().unwrap().as_str();
    let answer = if let Some(path) = target.strip_prefix("/api") {
        if double.admits(authorization) {
            double.ask(parts.method.as_str(), path, serde_json::from_slice(&bytes).ok().as_ref())
        } else {
            Answer::unauthorized()
        }
    } else if target == "/oidc/token" {
        double.token(authorization, &serde_urlencoded::from_bytes(&bytes).unwrap())
    } else {
        Answer::not_found()
    };
    let status = StatusCode::from_u16(answer.status).unwrap();
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    let mut response = (status, answer.body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
