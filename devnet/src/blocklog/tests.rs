use super::*;

fn file(dir: &Path) -> std::path::PathBuf {
    dir.join(FILE_NAME)
}

fn write_three(dir: &Path) {
    let (mut log, records) = BlockLog::open(dir).unwrap();
    assert!(records.is_empty());
    for payload in [b"one".as_slice(), b"two", b"three"] {
        log.append(payload).unwrap();
    }
}

#[test]
fn records_come_back_in_order() {
    let dir = tempfile::tempdir().unwrap();
    write_three(dir.path());
    let (_log, records) = BlockLog::open(dir.path()).unwrap();
    assert_eq!(records, [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
}

#[test]
fn a_torn_end_is_dropped_at_every_length_and_the_file_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    write_three(dir.path());
    let whole = std::fs::read(file(dir.path())).unwrap();
    let last = LENGTH_BYTES + CHECKSUM_BYTES + 5;
    for cut in 1..=last {
        std::fs::write(file(dir.path()), &whole[..whole.len() - cut]).unwrap();
        let (mut log, records) = BlockLog::open(dir.path()).unwrap();
        assert_eq!(records, [b"one".to_vec(), b"two".to_vec()], "cut {cut}");
        drop(log);
        // The same with zeros or noise where the disk did not write.
        for filler in [0, 0xa5] {
            let mut torn = whole[..whole.len() - cut].to_vec();
            torn.resize(whole.len(), filler);
            if torn != whole {
                std::fs::write(file(dir.path()), &torn).unwrap();
                assert_eq!(BlockLog::open(dir.path()).unwrap().1.len(), 2, "cut {cut} filler {filler}");
            }
        }
        (log, _) = BlockLog::open(dir.path()).unwrap();
        log.append(b"again").unwrap();
        drop(log);
        let (_log, records) = BlockLog::open(dir.path()).unwrap();
        assert_eq!(records.last().unwrap(), b"again");
    }
}

#[test]
fn damage_in_the_middle_is_an_error_and_two_openers_exclude_each_other() {
    let dir = tempfile::tempdir().unwrap();
    write_three(dir.path());
    let mut bytes = std::fs::read(file(dir.path())).unwrap();
    bytes[MAGIC.len() + LENGTH_BYTES + CHECKSUM_BYTES] ^= 1;
    std::fs::write(file(dir.path()), &bytes).unwrap();
    assert!(matches!(BlockLog::open(dir.path()), Err(LogError::Damaged(16))));
    let other = tempfile::tempdir().unwrap();
    let _open = BlockLog::open(other.path()).unwrap();
    assert!(matches!(BlockLog::open(other.path()), Err(LogError::InUse)));
}
