//! Signing in with a passkey: an authenticator that signs for real, a browser with its cookies, and the doors.

use super::{Browser, EMAIL, PASSWORD, Seen, set_up, set_up_link};
use crate::house::TestHouse;
use app::people;
use idp::testing::SoftAuthenticator;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use studio::{command::router, server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The Studio as browsers reach it that may have passkeys: by a name.
fn by_name(base: &str) -> String {
    base.replace("127.0.0.1", "localhost")
}

/// A browser that keeps the challenge as well.
struct Page {
    browser: Browser,
    challenge: Option<String>,
}

impl Page {
    fn at(base: &str) -> Self {
        Self { browser: Browser::at(&by_name(base)), challenge: None }
    }

    /// As the script sends it.
    async fn post(&mut self, path: &str, body: &Value) -> Seen {
        let url = format!("{}{path}", self.browser.base);
        let mut request = self.browser.client.post(url).header("origin", &self.browser.base).json(body);
        if let Some(cookie) = &self.challenge {
            request = request.header("cookie", cookie);
        }
        let seen = self.browser.send(request).await;
        for line in seen.headers.get_all("set-cookie") {
            let (pair, _) = line.to_str().expect("text").split_once(';').expect("attributes");
            if pair.starts_with("studio-passkey=") {
                self.challenge = (!pair.ends_with('=')).then(|| pair.to_owned());
            }
        }
        seen
    }

    async fn add(&mut self, device: &mut SoftAuthenticator, name: &str) -> Seen {
        let asked = self.post("/auth/passkeys/options", &json!({})).await.expect(StatusCode::OK).json();
        let mut body = device.create(&asked);
        body["name"] = name.into();
        self.post("/auth/passkeys", &body).await
    }

    async fn enter(&mut self, device: &mut SoftAuthenticator) -> Seen {
        let asked = self.post("/auth/passkey/options", &json!({})).await.expect(StatusCode::OK).json();
        let body = device.get(&asked);
        self.post("/auth/passkey", &body).await
    }

    async fn passkeys(&mut self) -> Vec<Value> {
        let listed = self.browser.get("/auth/passkeys").await.expect(StatusCode::OK).json();
        listed["passkeys"].as_array().cloned().expect("passkeys")
    }
}

async fn signed_in(house: &TestHouse) -> Page {
    let mut page = Page::at(&house.base);
    set_up(house, &mut page.browser, EMAIL, PASSWORD).await.expect(StatusCode::SEE_OTHER);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_and_opens_the_account_without_an_address() {
    let house = TestHouse::start().await;
    let mut owner = signed_in(&house).await;
    let origin = owner.browser.base.clone();
    let (mut laptop, mut phone) = (SoftAuthenticator::es256(&origin), SoftAuthenticator::eddsa(&origin));
    phone.counter = 0;
    let asked = owner.post("/auth/passkeys/options", &json!({})).await.expect(StatusCode::OK).json();
    let wanted = &asked["publicKey"];
    assert_eq!(wanted["rp"], json!({"id": "localhost", "name": "Studio"}));
    assert_eq!((&wanted["user"]["name"], &wanted["user"]["displayName"]), (&json!(EMAIL), &json!("Ana")));
    assert_eq!(wanted["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(wanted["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(wanted["attestation"], "none");

    let added = owner.add(&mut laptop, "Laptop").await.expect(StatusCode::CREATED).json();
    assert_eq!(
        (&added["name"], &added["lastUsedAt"], &added["isBackedUp"]),
        (&json!("Laptop"), &Value::Null, &json!(true))
    );
    owner.add(&mut phone, "").await.expect(StatusCode::CREATED);
    owner.add(&mut laptop, "again").await.refused(409, "auth/passkey-known");

    // Somebody without a cookie, at another process on the same database.
    let twin = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let twin_base = format!("http://{}", twin.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let limits = server::Limits::of_this_process();
    tokio::spawn(server::serve(twin, router(&house.house), porch::Proxies::default(), limits, stop.clone()));
    for device in [&mut laptop, &mut phone] {
        let mut page = Page::at(&twin_base);
        device.origin = page.browser.base.clone();
        let asked = page.post("/auth/passkey/options", &json!({})).await.expect(StatusCode::OK).json();
        assert_eq!(asked["publicKey"]["allowCredentials"], Value::Null, "nobody is told who has one");
        let mut body = device.get(&asked);
        body["returnTo"] = "/swagger".into();
        let opened = page.post("/auth/passkey", &body).await.expect(StatusCode::OK).json();
        assert_eq!((&opened["returnTo"], page.challenge.as_ref()), (&json!("/swagger"), None));
        assert_eq!(opened["customerId"], house.alice.customer.to_string());
        let info = page.browser.get("/auth/user-info").await.expect(StatusCode::OK).json();
        assert_eq!(info["userInfo"]["email"], EMAIL);
        // And again, with another challenge.
        page.browser.cookie = None;
        page.enter(device).await.expect(StatusCode::OK);
    }
    stop.cancel();

    let passkeys = owner.passkeys().await;
    let names: Vec<&Value> = passkeys.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, [&json!("Laptop"), &json!("Passkey")]);
    assert!(passkeys.iter().all(|one| one["lastUsedAt"].is_string()), "{passkeys:?}");
    let query = json!({"query": "{ viewer { passkeys { id name lastUsedAt isBackedUp } } }"});
    let told = owner.browser.act(Method::POST, "/graphql", &query).await.expect(StatusCode::OK).json();
    assert_eq!(told["data"]["viewer"]["passkeys"][0]["id"], passkeys[0]["id"], "{told}");
    let of_key = house.post("/graphql", query).await.expect(200);
    assert_eq!(of_key["data"]["viewer"]["passkeys"], json!([]), "an API key is nobody's device");

    let id = passkeys[0]["id"].as_str().expect("an id").to_owned();
    let gone = owner.browser.act(Method::DELETE, &format!("/auth/passkeys/{id}"), &json!({})).await;
    gone.expect(StatusCode::OK);
    let gone = owner.browser.act(Method::DELETE, &format!("/auth/passkeys/{id}"), &json!({})).await;
    gone.refused(404, "auth/passkey-not-found");
    laptop.origin = origin;
    Page::at(&house.base).enter(&mut laptop).await.refused(401, "auth/wrong-passkey");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_passkey_is_told_alike() {
    let house = TestHouse::start().await;
    let mut owner = signed_in(&house).await;
    let origin = owner.browser.base.clone();
    let mut device = SoftAuthenticator::es256(&origin);
    owner.add(&mut device, "Laptop").await.expect(StatusCode::CREATED);
    let mut page = Page::at(&house.base);
    let mut answers = Vec::new();

    page.enter(&mut SoftAuthenticator::es256(&origin)).await.refused(400, "request/invalid");
    let mut unknown = SoftAuthenticator::es256(&origin);
    unknown.user_handle.clone_from(&device.user_handle);
    answers.push(page.enter(&mut unknown).await);
    // One that knows the passkey's name, and has not its key.
    unknown.credential.clone_from(&device.credential);
    answers.push(page.enter(&mut unknown).await);
    let handle = std::mem::replace(&mut device.user_handle, vec![1; 16]);
    answers.push(page.enter(&mut device).await);
    device.user_handle = handle;
    device.origin = "https://evil.example".to_owned();
    answers.push(page.enter(&mut device).await);
    device.origin.clone_from(&origin);
    device.party = Some("evil.example".to_owned());
    answers.push(page.enter(&mut device).await);
    device.party = None;
    let flags = std::mem::replace(&mut device.flags, 1);
    answers.push(page.enter(&mut device).await);
    device.flags = flags;
    page.enter(&mut device).await.expect(StatusCode::OK);
    device.counter -= 2;
    answers.push(page.enter(&mut device).await);
    // An answer to a question that was answered.
    device.counter += 5;
    let asked = page.post("/auth/passkey/options", &json!({})).await.expect(StatusCode::OK).json();
    let (cookie, body) = (page.challenge.clone(), device.get(&asked));
    page.post("/auth/passkey", &body).await.expect(StatusCode::OK);
    page.challenge.clone_from(&cookie);
    answers.push(page.post("/auth/passkey", &body).await);
    for answer in &answers {
        answer.refused(401, "auth/wrong-passkey");
    }
    answers.dedup_by(|one, other| one.text == other.text);
    assert_eq!(answers.len(), 1);

    // Another browser has not been asked, and one may not answer what another was asked.
    let mut other = Page::at(&house.base);
    other.post("/auth/passkey", &device.get(&asked)).await.refused(400, "auth/challenge-unknown");
    other.post("/auth/passkey/options", &json!({})).await.expect(StatusCode::OK);
    other.post("/auth/passkey", &device.get(&asked)).await.refused(401, "auth/wrong-passkey");
    other.challenge = cookie.map(|cookie| cookie.replace("studio-passkey=", "studio-passkey=A"));
    other.post("/auth/passkey", &device.get(&asked)).await.refused(400, "auth/challenge-unknown");
    let huge = json!({"credentialId": "A".repeat(20_000)});
    assert_eq!(other.post("/auth/passkey", &huge).await.status, 413);
    for bad in [json!({"credentialId": "not base64url!"}), json!({"credentialId": 7}), json!([])] {
        assert_eq!(other.post("/auth/passkey", &bad).await.status, 400, "{bad}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reaches_a_users_passkeys() {
    let house = TestHouse::start().await;
    let mut owner = signed_in(&house).await;
    let mut device = SoftAuthenticator::eddsa(&owner.browser.base);
    owner.add(&mut device, "Laptop").await.expect(StatusCode::CREATED);
    let passkeys = owner.passkeys().await;
    let id = passkeys[0]["id"].as_str().expect("an id").to_owned();

    let mut mallory = Page::at(&house.base);
    let token = set_up_link(&house, house.mallory.customer).await;
    let fields = [("token", token.as_str()), ("email", "mallory@example.org"), ("password", PASSWORD)];
    mallory.browser.form("/auth/setup", &fields).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(mallory.passkeys().await, Vec::<Value>::new());
    let path = format!("/auth/passkeys/{id}");
    mallory.browser.act(Method::DELETE, &path, &json!({})).await.refused(404, "auth/passkey-not-found");
    let named = json!({"id": id, "name": "mine"});
    mallory.post("/auth/passkey/rename", &named).await.refused(404, "auth/passkey-not-found");
    mallory.post("/auth/passkey/remove", &named).await.refused(404, "auth/passkey-not-found");
    // What the owner was asked is not for Mallory to answer.
    owner.post("/auth/passkeys/options", &json!({})).await.expect(StatusCode::OK);
    let asked = mallory.post("/auth/passkeys/options", &json!({})).await.expect(StatusCode::OK).json();
    mallory.challenge.clone_from(&owner.challenge);
    let answer = SoftAuthenticator::es256(&mallory.browser.base).create(&asked);
    mallory.post("/auth/passkeys", &answer).await.refused(400, "auth/challenge-unknown");

    // Nobody, a key, another page.
    let mut nobody = Page::at(&house.base);
    nobody.browser.get("/auth/passkeys").await.refused(401, "auth/missing-key");
    for path in ["/auth/passkeys", "/auth/passkeys/options", "/auth/passkey/rename", "/auth/passkey/remove"] {
        nobody.post(path, &json!({})).await.refused(401, "auth/missing-key");
        let key = house.call_as(Some(&house.alice.key), Method::POST, path, Some(json!({})), &[]).await;
        assert_eq!((key.status, &key.body["code"]), (401, &json!("auth/missing-key")), "{path}");
        let evil = Some("https://evil.example");
        let forged = owner.browser.json(Method::POST, path, evil, &json!({})).await;
        forged.refused(403, "auth/cross-site");
    }
    for path in ["/auth/passkeys", "/auth/passkeys/options"] {
        owner.browser.form(path, &[("name", "x")]).await.refused(403, "auth/cross-site-form");
    }
    for path in ["/auth/passkey", "/auth/passkey/options"] {
        let evil = Some("https://evil.example");
        nobody.browser.json(Method::POST, path, evil, &json!({})).await.refused(403, "auth/cross-site");
    }
    assert_eq!(owner.passkeys().await, passkeys, "nothing of it had an effect");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_list_and_remove_passkeys_without_a_script_and_run_none_but_ours() {
    let house = TestHouse::start().await;
    let mut owner = signed_in(&house).await;
    let mut device = SoftAuthenticator::es256(&owner.browser.base);
    let name = "<script>alert(1)</script>\"'";
    owner.add(&mut device, name).await.expect(StatusCode::CREATED);
    let id = owner.passkeys().await[0]["id"].as_str().expect("an id").to_owned();
    for path in ["/auth/account", "/auth/sign-in"] {
        let page = owner.browser.get(path).await.expect(StatusCode::OK);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; connect-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
        assert!(page.text.contains("<script src=\"/auth/passkey.js\" defer></script>"), "{}", page.text);
    }
    let page = owner.browser.get("/auth/account").await.text;
    assert!(page.contains("id=\"passkey-add\" hidden") && page.contains("&lt;script&gt;"), "{page}");
    let script = owner.browser.get("/auth/passkey.js").await.expect(StatusCode::OK);
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(script.text.contains("navigator.credentials"), "{}", script.text);

    let fields = [("id", id.as_str()), ("name", "Old laptop")];
    let renamed = owner.browser.form("/auth/passkey/rename", &fields).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(renamed.location.as_deref(), Some("/auth/account"));
    assert!(owner.browser.get("/auth/account").await.text.contains("Old laptop"));
    let unnamed = [("id", id.as_str()), ("name", " ")];
    let refused = owner.browser.form("/auth/passkey/rename", &unnamed).await.expect(StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("1 to 64 characters") && refused.text.contains("Back"), "{}", refused.text);
    owner.browser.form("/auth/passkey/remove", &[("id", &id)]).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(owner.passkeys().await, Vec::<Value>::new());

    // By a number, a browser has no passkeys: nothing is offered, and nothing runs.
    let mut by_number = Browser::at(&house.base);
    let page = by_number.get("/auth/sign-in").await.expect(StatusCode::OK);
    assert!(!page.text.contains("<script") && !page.text.contains("passkey"), "{}", page.text);
    let asked = by_number.act(Method::POST, "/auth/passkey/options", &json!({})).await;
    asked.refused(403, "auth/passkeys-unavailable");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_overcome_with_a_reset_link() {
    let house = TestHouse::start().await;
    let mut owner = signed_in(&house).await;
    let mut device = SoftAuthenticator::es256(&owner.browser.base);
    owner.add(&mut device, "Laptop").await.expect(StatusCode::CREATED);
    let link = people::make_reset_link(&house.house.studio, EMAIL).await.expect("a link").to_string();
    let mut page = Page::at(&house.base);
    let fields = [("token", link.as_str()), ("password", "seven unrelated otters")];
    page.browser.form("/auth/reset", &fields).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(page.passkeys().await, Vec::<Value>::new(), "none is left");
    Page::at(&house.base).enter(&mut device).await.refused(401, "auth/wrong-passkey");
    owner.post("/auth/passkeys/options", &json!({})).await.refused(401, "auth/session-ended");
    page.add(&mut device, "Found again").await.expect(StatusCode::CREATED);
    Page::at(&house.base).enter(&mut device).await.expect(StatusCode::OK);
    house.stop().await;
}
