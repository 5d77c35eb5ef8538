//! Sealed texts: readable by their customer until their subject is erased, then by nobody.

use crate::{another, assert_corrupt, customer, execute, vault};
use app::{FaultKind, port::vault::Vault as _};
use domain::id::Sealed;
use futures::future::join_all;
use vault::{MAX_PLAINTEXT_BYTES, MAX_SUBJECT_BYTES};

const SUBJECT: &str = "credential/5d9b8cf1";
const TEXT: &[u8] = b"{\"name\":\"Ada Lovelace\"}";

#[tokio::test]
async fn sealed_texts_open_in_every_process_and_look_as_promised() {
    let (database, first) = vault().await;
    let owner = customer();
    let second = another(&database).await;
    let sealed = first.seal(owner, SUBJECT, TEXT).await.unwrap();
    assert_eq!(second.open(owner, &sealed).await.unwrap().as_deref(), Some(TEXT));
    let again = second.seal(owner, SUBJECT, TEXT).await.unwrap();
    assert_ne!(sealed, again, "equal texts are not seen to be equal");
    let parts: Vec<_> = sealed.0.split('.').collect();
    assert_eq!((parts.len(), parts[0]), (3, "v1"));
    assert_eq!(parts[1], again.0.split('.').nth(1).unwrap(), "one key per subject");
    for text in [Vec::new(), vec![0; 100_000]] {
        let sealed = first.seal(owner, "customer", &text).await.unwrap();
        assert_eq!(first.open(owner, &sealed).await.unwrap().as_ref(), Some(&text));
    }
}

#[tokio::test]
async fn erasing_a_subject_is_final_in_every_process_and_touches_no_other() {
    let (database, first) = vault().await;
    let second = another(&database).await;
    let owner = customer();
    let erased =
        [first.seal(owner, SUBJECT, TEXT).await.unwrap(), first.seal(owner, SUBJECT, b"2").await.unwrap()];
    let kept = first.seal(owner, "credential/other", TEXT).await.unwrap();
    let neighbour = customer();
    let theirs = first.seal(neighbour, SUBJECT, TEXT).await.unwrap();
    assert!(second.open(owner, &erased[0]).await.unwrap().is_some(), "warm in the other process");

    assert_eq!(first.erase(owner, SUBJECT).await.unwrap(), 1);
    assert_eq!(second.erase(owner, SUBJECT).await.unwrap(), 1, "a repeat says the same");
    for process in [&first, &second, &another(&database).await] {
        for text in &erased {
            assert_eq!(process.open(owner, text).await.unwrap(), None);
        }
        assert_eq!(process.open(owner, &kept).await.unwrap().as_deref(), Some(TEXT));
        assert_eq!(process.open(neighbour, &theirs).await.unwrap().as_deref(), Some(TEXT));
    }
    let left: i64 = sqlx::query_scalar("select count(*) from vault.subject_keys where wrapped is not null")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(left, 2, "the key is gone from the table");

    // What comes later has a key of its own; what was erased stays so.
    let later = second.seal(owner, SUBJECT, TEXT).await.unwrap();
    assert_eq!(first.open(owner, &later).await.unwrap().as_deref(), Some(TEXT));
    assert_eq!(first.open(owner, &erased[0]).await.unwrap(), None);
    assert_eq!(first.erase(owner, SUBJECT).await.unwrap(), 2);
    assert_eq!(second.open(owner, &later).await.unwrap(), None);
    // Erasing what never was is no error.
    assert_eq!(first.erase(owner, "credential/never").await.unwrap(), 0);
    assert_eq!(first.erase(customer(), SUBJECT).await.unwrap(), 0);
}

#[tokio::test]
async fn many_texts_open_at_once_in_their_order_and_one_bad_one_is_a_fault() {
    let (_database, vault) = vault().await;
    let owner = customer();
    let mut sealed = Vec::new();
    for (subject, text) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
        sealed.push(vault.seal(owner, subject, text.as_bytes()).await.unwrap());
    }
    vault.erase(owner, "b").await.unwrap();
    let some = |text: &str| Some(text.as_bytes().to_vec());
    assert_eq!(vault.open_all(owner, &sealed).await.unwrap(), [some("1"), None, some("3"), some("4")]);
    assert!(vault.open_all(owner, &[]).await.unwrap().is_empty());
    sealed.push(vault.seal(customer(), "a", b"another customer's").await.unwrap());
    assert_corrupt(vault.open_all(owner, &sealed).await);
}

#[tokio::test]
async fn the_first_uses_at_once_make_one_key_per_subject() {
    let (database, first) = vault().await;
    let second = another(&database).await;
    let owner = customer();
    let asked = (0..24).map(|i| {
        let process = if i % 2 == 0 { first.clone() } else { second.clone() };
        tokio::spawn(async move { process.seal(owner, SUBJECT, TEXT).await.unwrap() })
    });
    for sealed in join_all(asked).await {
        let sealed = sealed.unwrap();
        assert_eq!(first.open(owner, &sealed).await.unwrap().as_deref(), Some(TEXT));
    }
    let keys: i64 = sqlx::query_scalar("select count(*) from vault.subject_keys")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(keys, 1);
}

#[tokio::test]
async fn another_customers_and_altered_texts_are_faults() {
    let (_database, vault) = vault().await;
    let (owner, stranger) = (customer(), customer());
    let sealed = vault.seal(owner, SUBJECT, TEXT).await.unwrap();
    let other = vault.seal(owner, "credential/other", TEXT).await.unwrap();
    assert_corrupt(vault.open(stranger, &sealed).await);
    vault.seal(stranger, SUBJECT, TEXT).await.unwrap();
    assert_corrupt(vault.open(stranger, &sealed).await);

    let parts: Vec<_> = sealed.0.split('.').collect();
    let other_key = other.0.split('.').nth(1).unwrap();
    let altered = [
        format!("v1.{other_key}.{}", parts[2]),
        format!("v2.{}.{}", parts[1], parts[2]),
        format!("v1.{}.{}", parts[1], parts[2].replace(|_| true, "A")),
        format!("v1.{}.{}", parts[1], &parts[2][..parts[2].len() - 4]),
        format!("v1.{}.{}=", parts[1], parts[2]),
        format!("v1.{}.", parts[1]),
        format!("v1.{}.{}", uuid::Uuid::nil(), parts[2]),
        "v1".to_owned(),
        String::new(),
    ];
    for text in altered {
        assert_corrupt(vault.open(owner, &Sealed(text)).await);
    }
    assert_eq!(vault.open(owner, &sealed).await.unwrap().as_deref(), Some(TEXT));
}

#[tokio::test]
async fn subject_keys_do_not_open_in_another_row() {
    let swap =
        "update vault.subject_keys a set wrapped = b.wrapped from vault.subject_keys b where a.id <> b.id";
    let rename = "update vault.subject_keys set subject_hash = sha256(subject_hash)";
    let flip = "update vault.subject_keys set wrapped = set_bit(wrapped, 300, 1 - get_bit(wrapped, 300))";
    for same_customer in [true, false] {
        for statement in [swap, rename, flip] {
            let (database, vault) = vault().await;
            let a = customer();
            let b = if same_customer { a } else { customer() };
            let of_a = vault.seal(a, "credential/a", TEXT).await.unwrap();
            let of_b = vault.seal(b, "credential/b", TEXT).await.unwrap();
            assert_eq!(execute(&database, statement).await, 2, "{statement}");
            assert_corrupt(vault.open(a, &of_a).await);
            assert_corrupt(vault.open(b, &of_b).await);
        }
    }
}

#[tokio::test]
async fn customer_keys_do_not_open_in_another_row() {
    let (database, vault) = vault().await;
    let (a, b) = (customer(), customer());
    let of_a = vault.seal(a, SUBJECT, TEXT).await.unwrap();
    let of_b = vault.seal(b, SUBJECT, TEXT).await.unwrap();
    let swap = "update vault.customer_keys a set wrapped = b.wrapped from vault.customer_keys b where a.customer <> b.customer";
    assert_eq!(execute(&database, swap).await, 2);
    let fresh = another(&database).await;
    assert_corrupt(fresh.open(a, &of_a).await);
    assert_corrupt(fresh.open(b, &of_b).await);
    assert_corrupt(fresh.fingerprint(a, b"x").await);
}

#[tokio::test]
async fn the_table_tells_nothing_about_the_subject() {
    let (database, vault) = vault().await;
    let (a, b) = (customer(), customer());
    vault.seal(a, SUBJECT, TEXT).await.unwrap();
    vault.seal(b, SUBJECT, TEXT).await.unwrap();
    let rows: Vec<String> = sqlx::query_scalar("select t::text from vault.subject_keys t")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert!(rows.iter().all(|row| !row.contains(SUBJECT) && !row.contains(&hex::encode(SUBJECT))));
    let hashes: i64 = sqlx::query_scalar("select count(distinct subject_hash) from vault.subject_keys")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(hashes, 2, "two customers' equal subjects are not seen to be equal");
}

#[tokio::test]
async fn sizes_have_limits() {
    let (_database, vault) = vault().await;
    let long_subject = "s".repeat(MAX_SUBJECT_BYTES + 1);
    for (subject, size) in [(long_subject.as_str(), 1), (SUBJECT, MAX_PLAINTEXT_BYTES + 1)] {
        let fault = vault.seal(customer(), subject, &vec![0; size]).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::TooLarge, "vault/too-large"));
    }
}

#[tokio::test]
async fn fingerprints_are_stable_per_customer_and_differ_between_customers() {
    let (database, first) = vault().await;
    let (a, b) = (customer(), customer());
    let of_a = first.fingerprint(a, b"ada@example.org").await.unwrap();
    assert_eq!(of_a.len(), 64);
    assert_eq!(another(&database).await.fingerprint(a, b"ada@example.org").await.unwrap(), of_a);
    assert_ne!(first.fingerprint(b, b"ada@example.org").await.unwrap(), of_a);
    assert_ne!(first.fingerprint(a, b"bob@example.org").await.unwrap(), of_a);
}
