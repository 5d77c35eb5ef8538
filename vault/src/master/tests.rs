use super::*;
use base64::engine::general_purpose::{STANDARD as B64, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use std::fs::{self, Permissions};

/// Bytes whose base64 has `+` and `/`, so that the two alphabets differ.
fn sample() -> [u8; 32] {
    std::array::from_fn(|i| 0xff_u8.wrapping_sub(u8::try_from(i).unwrap() * 5))
}

#[test]
fn every_usual_writing_of_a_key_is_the_same_key() {
    let bytes = sample();
    let expected = *MasterKey::parse(&hex::encode(bytes)).unwrap().check();
    let writings = [
        hex::encode_upper(bytes),
        format!("  {}\n", hex::encode(bytes)),
        B64.encode(bytes),
        STANDARD_NO_PAD.encode(bytes),
        URL_SAFE.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
    ];
    for writing in writings {
        assert_eq!(*MasterKey::parse(&writing).unwrap().check(), expected);
    }
    assert_ne!(*MasterKey::generate().check(), expected);
}

#[test]
fn bad_keys_are_refused_with_a_reason_that_does_not_quote_them() {
    let length = |text: &str| match MasterKey::parse(text) {
        Err(MasterKeyError::Length { found_bytes }) => found_bytes,
        other => panic!("{other:?}"),
    };
    assert_eq!(length(&hex::encode([1; 31])), 31);
    assert_eq!(length(&hex::encode([1; 33])), 33);
    assert_eq!(length(&B64.encode([1; 16])), 16);
    for text in ["", "   ", "change me!", "0g!", "é"] {
        assert!(matches!(MasterKey::parse(text), Err(MasterKeyError::Encoding)), "{text}");
    }
    for placeholder in ["00".repeat(32), "ab".repeat(32), "01020304".repeat(8)] {
        let why = MasterKey::parse(&placeholder).unwrap_err();
        assert!(matches!(why, MasterKeyError::Placeholder));
        assert!(!why.to_string().contains(&placeholder));
    }
}

#[test]
fn a_key_file_is_made_once_and_only_for_its_owner() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let made = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(made.check(), again.check());
    let files: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["master.key"], "no draft is left behind");
    assert_eq!(MasterKey::parse(&fs::read_to_string(&path).unwrap()).unwrap().check(), made.check());
}

#[test]
fn processes_that_start_together_agree_on_one_key_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let barrier = std::sync::Barrier::new(8);
    let checks: BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    *MasterKey::load_or_create(&path).unwrap().check()
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(checks.len(), 1);
}

#[test]
fn exposed_damaged_or_odd_key_files_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::load_or_create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o610] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let why = MasterKey::load_or_create(&path).unwrap_err();
        assert!(matches!(why, MasterKeyError::Exposed { mode: found, .. } if found == mode), "{why}");
        assert!(why.to_string().contains("chmod 600"));
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();

    fs::write(&path, "").unwrap();
    let why = MasterKey::load_or_create(&path).unwrap_err();
    assert!(
        matches!(why, MasterKeyError::Content { .. }),
        "an empty file is never taken for a fresh start: {why}"
    );
    fs::write(&path, "a".repeat(2000)).unwrap();
    assert!(matches!(MasterKey::load_or_create(&path), Err(MasterKeyError::NotAKeyFile { .. })));
    assert!(matches!(MasterKey::load_or_create(directory.path()), Err(MasterKeyError::NotAKeyFile { .. })));
    let nowhere = directory.path().join("absent/master.key");
    assert!(matches!(MasterKey::load_or_create(&nowhere), Err(MasterKeyError::Io { .. })));
}
