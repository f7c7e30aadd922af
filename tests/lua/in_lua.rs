//! Tests of helpers that are written in Lua: each `*_test.lua` is a scenario whose assertions run while it loads.

use hubmark::script::load;
use std::path::Path;

fn run(name: &str) {
    let path = Path::new("tests/lua").join(format!("{name}_test.lua"));
    if let Err(error) = load(&crate::request(&path)) {
        panic!("{error}");
    }
}

/// One test for each file; the list is compared with the folder.
macro_rules! in_lua {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn none_is_forgotten() {
            let listed = [$(concat!("tests/lua/", stringify!($name), "_test.lua")),*];
            let found: Vec<String> = crate::files("tests/lua", "lua").iter().map(|p| p.display().to_string()).collect();
            let found: Vec<&str> = found.iter().map(String::as_str).filter(|p| p.ends_with("_test.lua")).collect();
            assert_eq!(found, listed);
        }
    };
}

in_lua!(dialect, files, handles, json, params, quantities, random, stages);
