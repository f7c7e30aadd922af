//! Finding programs on a search path that the caller gives.

use rustix::fs::{Access, access};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The first executable file of that name on a search path in the form of `PATH`.
pub(super) fn program(name: &str, search_path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(search_path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}

/// The search path with a folder before all others.
pub(super) fn with_first(folder: &Path, search_path: &OsStr) -> OsString {
    let mut joined = folder.as_os_str().to_owned();
    if !search_path.is_empty() {
        joined.push(":");
        joined.push(search_path);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_is_not_executable_is_passed_over() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, mode) in [(&first, 0o644), (&second, 0o755)] {
            std::fs::write(folder.path().join("tool"), "").unwrap();
            std::fs::set_permissions(folder.path().join("tool"), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = std::env::join_paths([first.path(), second.path()]).unwrap();
        // root may execute only what has an executable bit, so this holds for it too.
        assert_eq!(program("tool", &path), Some(second.path().join("tool")));
        assert_eq!(program("other", &path), None);
    }

    #[test]
    fn relative_entries_are_not_searched() {
        assert_eq!(program("sh", OsStr::new("bin:.")), None);
    }

    #[test]
    fn the_first_folder_comes_first_even_on_an_empty_path() {
        assert_eq!(with_first(Path::new("/a"), OsStr::new("/b:/c")), "/a:/b:/c");
        assert_eq!(with_first(Path::new("/a"), OsStr::new("")), "/a");
    }
}
