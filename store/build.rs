//! Embeds the migrations, and names the sources that snapshots depend on.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=../migrations");
    embed(Path::new("../migrations"))?;
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

/// Writes `migrations.rs`: version, description and text of each, in order. `sqlx::migrate!` would do it too, but its crate has
/// the whole of sqlx compiled a second time, for the compiler's own use.
fn embed(directory: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(&directory.canonicalize()?, &mut files)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let mut list = Vec::new();
    for file in &files {
        let unnamed = || io::Error::other(format!("{} is not <version>_<words>.sql", file.display()));
        let stem = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.split_once('_'));
        let ((version, words), path) = stem.zip(file.to_str()).ok_or_else(unnamed)?;
        list.push(format!("({version}, {:?}, include_str!({path:?})),\n", words.replace('_', " ")));
    }
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("not run by cargo"))?;
    fs::write(Path::new(&out).join("migrations.rs"), format!("&[\n{}]\n", list.concat()))
}
