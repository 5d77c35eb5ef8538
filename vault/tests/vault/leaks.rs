//! Nothing secret stands in tables, texts for people, or logs.

use crate::{MASTER_HEX, customer, execute, vault, wanted};
use app::port::vault::{ApiKeys as _, Vault as _};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::key::{KeyAlgorithm, KeyPurpose};
use std::{
    fmt::Write as _,
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;
use vault::{MasterKey, PgVault, payer_address};

const SEED_HEX: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PHRASE: &str = "horn slim pigeon winner capable piano soul find ignore crawl arrow genuine magnet nasty basic lamp \
                      scissors treat stick arm dress elbow trash naive";
const PERSON: &str = "Ada Lovelace, born 10 December 1815";

/// How `secret` might be written by accident.
fn writings(secret: &[u8]) -> Vec<String> {
    let decimal = secret.iter().take(12).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let head = &secret[..secret.len() / 3 * 3];
    vec![
        hex::encode(secret),
        hex::encode_upper(secret),
        STANDARD.encode(head),
        URL_SAFE_NO_PAD.encode(head),
        String::from_utf8_lossy(secret).into_owned(),
        decimal,
    ]
}

fn secrets() -> Vec<String> {
    let mut all: Vec<String> = [hex::decode(MASTER_HEX).unwrap(), hex::decode(SEED_HEX).unwrap()]
        .iter()
        .chain(&[PERSON.as_bytes().to_vec()])
        .flat_map(|secret| writings(secret))
        .collect();
    all.extend([PHRASE.to_owned(), "horn slim".to_owned(), "trash naive".to_owned()]);
    all
}

#[track_caller]
fn assert_clean(place: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{place} shows a secret: {text}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One process's life with every fault it can meet, logged at the most talkative level.
#[tokio::test]
async fn no_secret_is_written_anywhere() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // Of the whole process: beside one of a single thread, what other tests meet first may be taken for muted.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (database, vault) = vault().await;
    let owner = customer();
    let (ed, identity) = (KeyAlgorithm::Ed25519, KeyPurpose::Identity);
    let seed = hex::decode(SEED_HEX).unwrap();
    let mut shown = String::new();

    let key = vault.import(wanted(owner, Uuid::new_v4(), (ed, identity)), &seed).await.unwrap();
    let payer = vault.import_mnemonic(owner, Uuid::new_v4(), PHRASE).await.unwrap();
    let sealed = vault.seal(owner, "customer", PERSON.as_bytes()).await.unwrap();
    let api_key = vault.generate();
    vault.sign(owner, &key.kid, PERSON.as_bytes()).await.unwrap();
    let mut secrets = secrets();
    secrets.extend(writings(api_key.secret.as_bytes()));
    secrets.push(api_key.secret[5..69].to_owned());

    let tables = [
        "select coalesce(string_agg(t::text, ' '), '') from vault.master t",
        "select coalesce(string_agg(t::text, ' '), '') from vault.customer_keys t",
        "select coalesce(string_agg(t::text, ' '), '') from vault.subject_keys t",
        "select coalesce(string_agg(t::text, ' '), '') from vault.keys t",
    ];
    for table in tables {
        let dump: String = sqlx::query_scalar(table).fetch_one(&database.pool).await.unwrap();
        assert!(dump.len() > 100);
        assert_clean(table, &dump, &secrets);
    }

    let master = MasterKey::parse(MASTER_HEX).unwrap();
    write!(shown, "{vault:?} {master:?} {key:?} {payer:?} {sealed:?} {:?}", payer_address(&seed)).unwrap();
    let person_again = PHRASE.replace("horn", "slim");
    let mut faults = vec![
        vault
            .import(wanted(owner, Uuid::new_v4(), (ed, identity)), &[seed.clone(), vec![1]].concat())
            .await
            .unwrap_err(),
        vault.import(wanted(owner, Uuid::new_v4(), (ed, KeyPurpose::Payer)), &seed).await.unwrap_err(),
        vault.import_mnemonic(owner, Uuid::new_v4(), &person_again).await.unwrap_err(),
        vault.sign(customer(), &key.kid, &seed).await.unwrap_err(),
        vault.open(customer(), &sealed).await.unwrap_err(),
        vault.open(owner, &domain::id::Sealed(PERSON.to_owned())).await.unwrap_err(),
        vault.seal(owner, &PERSON.repeat(100), PERSON.as_bytes()).await.unwrap_err(),
    ];
    let wrong = PgVault::connect(database.pool.clone(), MasterKey::generate(), vec![]).await.unwrap_err();
    write!(shown, "{wrong} {wrong:?}").unwrap();
    for statement in [
        "update vault.keys set wrapped = set_bit(wrapped, 300, 1 - get_bit(wrapped, 300))",
        "update vault.subject_keys set wrapped = set_bit(wrapped, 300, 1 - get_bit(wrapped, 300))",
    ] {
        execute(&database, statement).await;
    }
    let fresh = crate::another(&database).await;
    faults.push(fresh.sign(owner, &key.kid, &seed).await.unwrap_err());
    faults.push(fresh.open(owner, &sealed).await.unwrap_err());
    execute(&database, "alter table vault.keys rename to gone").await;
    faults.push(fresh.import(wanted(owner, Uuid::new_v4(), (ed, identity)), &seed).await.unwrap_err());
    database.pool.close().await;
    faults.push(fresh.import_mnemonic(owner, Uuid::new_v4(), PHRASE).await.unwrap_err());
    for text in [&MASTER_HEX[..62], &format!("{MASTER_HEX}00"), &format!("{MASTER_HEX}!")] {
        let why = MasterKey::parse(text).unwrap_err();
        write!(shown, "{why} {why:?}").unwrap();
        assert!(!format!("{why} {why:?}").contains(&MASTER_HEX[..16]));
    }
    for fault in &faults {
        write!(shown, "{fault} {fault:?}").unwrap();
    }
    assert_clean("a text for people", &shown, &secrets);

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        logged.contains("vault::audit") && logged.contains("signed") && logged.contains(&key.kid.0),
        "uses of keys are logged: {logged}"
    );
    assert_clean("the log", &logged, &secrets);
}
