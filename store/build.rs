//! Re-embeds the migrations when one is added, and names the sources that snapshots depend on.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    // `sqlx::migrate!` alone does not notice new files.
    println!("cargo:rerun-if-changed=../migrations");
    // The state of an aggregate is a function of the domain's code and of the upcasters; nothing finer is safe.
    println!("cargo:rerun-if-changed=../domain/src");
    println!("cargo:rerun-if-changed=src/upcast.rs");
    let mut files = vec![PathBuf::from("src/upcast.rs")];
    collect(Path::new("../domain/src"), &mut files)?;
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        hash.write(file.to_string_lossy().as_bytes());
        hash.write(&fs::read(file)?);
    }
    println!("cargo:rustc-env=STUDIO_DOMAIN_SOURCES_HASH={:016x}", hash.finish());
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
