//! Hostile scenarios. Each must end in an error of its kind, whatever it does to go on; the assertion is the error, and that the load
//! comes back at all.

use hubmark::script::{Counting, Limits, LoadErrorKind, load};
use std::time::Duration;

/// Small limits, so that a hundred attacks take seconds.
fn limits(counting: Counting) -> Limits {
    Limits { load_memory_bytes: 16 << 20, load_time: Duration::from_millis(60), counting, ..Limits::default() }
}

fn attack(text: &str, counting: Counting) -> Result<(), hubmark::script::LoadError> {
    let folder = crate::Folder::new(&[("s.lua", &format!("{text}\n{}", crate::SCENARIO))]);
    let mut request = folder.request();
    request.limits = limits(counting);
    load(&request).map(|_| ())
}

/// Scripts that must run into a limit.
const LIMIT: &[(&str, &str)] = &[
    // Time.
    ("endless loop", "while true do end"),
    ("endless repeat", "repeat until false"),
    ("endless for", "for i = 1, math.huge do end"),
    ("endless recursion by tail calls", "local function f() return f() end f()"),
    ("pcall around the loop", "pcall(function() while true do end end)"),
    ("loop of pcalls around loops", "while true do pcall(function() while true do end end) end"),
    (
        "nested pcalls",
        "local f = function() while true do end end for i = 1, 50 do local g = f f = function() pcall(g) end end f()",
    ),
    ("xpcall with a handler that loops", "xpcall(function() while true do end end, function() while true do end end)"),
    (
        "xpcall with a handler that calls itself",
        "local function h() return xpcall(function() while true do end end, h) end h()",
    ),
    ("error handler that swallows", "while true do xpcall(error, function() return 1 end) end"),
    ("coroutine that loops", "coroutine.resume(coroutine.create(function() while true do end end))"),
    ("wrapped coroutine that loops", "pcall(coroutine.wrap(function() while true do end end))"),
    (
        "coroutines within coroutines",
        "local function f() coroutine.resume(coroutine.create(f)) while true do end end f()",
    ),
    ("coroutines without end", "while true do coroutine.wrap(function() coroutine.yield() end)() end"),
    (
        "a loop that yields",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    ),
    ("backtracking pattern", "string.find((\"a\"):rep(20000), \".-.-b\")"),
    ("deeper backtracking pattern", "(\"a\"):rep(5000):match(\"a*a*a*a*a*b\")"),
    ("gsub that backtracks", "(\"a\"):rep(20000):gsub(\".-.-b\", \"\")"),
    ("gmatch that backtracks", "for x in (\"a\"):rep(20000):gmatch(\".-.-b\") do end"),
    ("sort with a comparator that loops", "table.sort({ 3, 2, 1 }, function() while true do end end)"),
    (
        "sort that never agrees",
        "local t = {} for i = 1, 200000 do t[i] = i % 7 end while true do pcall(table.sort, t, function(a, b) return true end) end",
    ),
    ("sorting large lists", "local t = {} for i = 1, 100000 do t[i] = -i end while true do table.sort(t) end"),
    (
        "metamethod that loops",
        "local t = setmetatable({}, { __index = function() while true do end end }) local x = t.x",
    ),
    ("tostring that loops", "tostring(setmetatable({}, { __tostring = function() while true do end end }))"),
    ("print with a tostring that loops", "print(setmetatable({}, { __tostring = function() while true do end end }))"),
    (
        "comparison that loops",
        "local m = { __lt = function() while true do end end } local x = setmetatable({}, m) < setmetatable({}, m)",
    ),
    ("iterator that never ends", "for x in function() return 1 end do end"),
    ("gsub with a function that loops", "(\"abc\"):gsub(\"%a\", function() while true do end end)"),
    (
        "many long texts compared",
        "local a = (\"a\"):rep(1000000) local b = a .. \"b\" while true do local x = a < b end",
    ),
    (
        "concat in a loop",
        "local t = {} for i = 1, 1000 do t[i] = (\"x\"):rep(100) end while true do local s = table.concat(t) end",
    ),
    ("json again and again", "local t = {} for i = 1, 1000 do t[i] = i end while true do hm.json.encode(t) end"),
    (
        "json decoded again and again",
        "local s = \"[\" .. (\"1,\"):rep(10000) .. \"1]\" while true do hm.json.decode(s) end",
    ),
    ("constructors again and again", "while true do hm.user { mix = { a = 1 } } end"),
    ("random numbers without end", "while true do hm.random:shuffle { 1, 2, 3 } end"),
    ("faults without end", "while true do hm.user { nonsense = 1 } end"),
    ("streams without end", "local i = 0 while true do i = i + 1 hm.random:stream(tostring(i)):number() end"),
    ("a loop in a string's method", "local s = \"x\" while true do s:rep(10):upper():lower():reverse() end"),
    ("buffers filled without end", "local b = buffer.create(1000000) while true do buffer.fill(b, 0, 1) end"),
    ("table.move without end", "local t = table.create(100000, 1) while true do table.move(t, 1, 100000, 2) end"),
    (
        "unpack without end",
        "local t = table.create(5000, 1) while true do local n = select(\"#\", table.unpack(t)) end",
    ),
    ("string.format without end", "while true do string.format(\"%99.99f\", 1 / 3) end"),
    ("utf8 without end", "local s = (\"ü\"):rep(10000) while true do utf8.len(s) end"),
    // Memory.
    ("a text that doubles", "local s = \"x\" while true do s = s .. s end"),
    ("a table that grows", "local t = {} while true do t[#t + 1] = { {}, {}, {} } end"),
    (
        "a table that grows in pcall",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = { {}, {} } end end) t = {} end",
    ),
    ("a huge table at once", "table.create(2 ^ 25)"),
    ("a huge table in pcall", "pcall(table.create, 2 ^ 25)"),
    ("a huge buffer in pcall", "pcall(buffer.create, 2 ^ 29)"),
    ("huge texts in a table", "local t = {} for i = 1, 100 do t[i] = (\"x\"):rep(2 ^ 20) .. i end"),
    ("closures without end", "local f = function() end while true do local g = f f = function() return g end end"),
    (
        "coroutines kept",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() coroutine.yield() end) end",
    ),
    (
        "memory in a coroutine",
        "coroutine.resume(coroutine.create(function() local t = {} while true do t[#t + 1] = {} end end))",
    ),
    ("memory in a handler", "xpcall(error, function() local t = {} while true do t[#t + 1] = {} end end)"),
    ("concat that is too large", "local t = {} for i = 1, 40 do t[i] = (\"x\"):rep(2 ^ 19) end pcall(table.concat, t)"),
    ("gsub that explodes", "local s = (\"a\"):rep(2 ^ 14) pcall(string.gsub, s, \"a\", (\"b\"):rep(2 ^ 13))"),
    (
        "format that explodes",
        "local s = (\"x\"):rep(2 ^ 22) pcall(string.format, (\"%s\"):rep(20), s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)",
    ),
    ("streams kept", "local t = {} while true do t[#t + 1] = hm.random:stream(\"x\") end"),
    (
        "texts kept outside of Lua",
        "local t = {} local s = (\"x\"):rep(60000) while true do t[#t + 1] = hm.server { url = \"http://h\", ca = s } end",
    ),
    (
        "lists kept outside of Lua",
        "local n = {} for i = 1, 2000 do n[i] = \"1s\" end local t = {} while true do t[#t + 1] = hm.empirical(n) end",
    ),
    (
        "data kept outside of Lua",
        "local o = {} for i = 1, 1000 do o[\"k\" .. i] = i end local t = {} while true do t[#t + 1] = hm.hub { \"http://h\", options = o } end",
    ),
    // Depth.
    ("recursion without end", "local function f() return 1 + f() end f()"),
    ("recursion in pcall", "local function f() return 1 + f() end pcall(f)"),
    ("recursion of pcalls", "local function f() pcall(f) pcall(f) end f()"),
    (
        "recursion of metamethods",
        "local m = {} m.__index = function(t, k) return t[k .. \"x\"] end local x = setmetatable({}, m).a",
    ),
    (
        "recursion of tostring",
        "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) tostring(t)",
    ),
    ("recursion through gsub", "local function f() (\"a\"):gsub(\"a\", f) end f()"),
    ("recursion through sort", "local function f() table.sort({ 2, 1 }, f) return false end f()"),
];

#[test]
fn every_hostile_script_runs_into_a_limit() {
    assert!(LIMIT.len() >= 30);
    let mut wrong = Vec::new();
    for (name, text) in LIMIT {
        match attack(text, Counting::Processor) {
            Ok(()) => wrong.push(format!("{name}: it loads")),
            Err(error) if error.kind() == LoadErrorKind::Limit => {}
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn limits_hold_where_ticks_are_counted_and_at_the_same_place() {
    for (name, text) in LIMIT.iter().take(12) {
        let kind = attack(text, Counting::Ticks).map_err(|e| e.kind());
        assert_eq!(kind, Err(LoadErrorKind::Limit), "{name}");
    }
    // 60 ms stand for 6,000,000 ticks, on any machine and under any load.
    assert!(attack("for i = 1, 5900000 do end", Counting::Ticks).is_ok());
    let past = attack("for i = 1, 6100000 do end", Counting::Ticks).map_err(|e| e.kind());
    assert_eq!(past, Err(LoadErrorKind::Limit));
}

/// Scripts that must be refused with an ordinary error that contains the text.
const REFUSED: &[(&str, &str)] = &[
    ("string.rep(\"x\", 2 ^ 40)", "16 MiB"),
    ("local s = (\"a\"):rep(2 ^ 20) s:find((\"a\"):rep(2 ^ 19))", "too large"),
    ("table.move({}, 1, 2 ^ 40, 1)", "1048576"),
    ("string.dump(function() end)", "call a nil value"),
    ("load(\"return 1\")", "unknown global \"load\""),
    ("loadstring(\"return 1\")", "unknown global \"loadstring\""),
    ("require \"/etc/passwd\"", "not a module's name"),
    ("require \"..s\"", "not a module's name"),
    ("require \"a/../../s\"", "not a module's name"),
    ("require \"\\0\"", "not a module's name"),
    ("hm.file.read \"/etc/passwd\"", "leads out"),
    ("hm.file.read \"../x\"", "leads out"),
    ("hm.file.read \"a\\0b\"", "leads out"),
    ("getmetatable(\"\").__index.rep = nil", "cannot be changed"),
    ("getmetatable(\"\").__index = {}", "cannot be changed"),
    ("rawset(hm, \"user\", 1)", "cannot be changed"),
    ("rawset(string, \"rep\", 1)", "cannot be changed"),
    ("setmetatable(hm, nil)", "protected"),
    ("getmetatable(hm).__index = nil", ""),
    ("error((\"x\"):rep(2 ^ 20))", "xxx"),
    ("error(setmetatable({}, { __tostring = function() return (\"y\"):rep(2 ^ 20) end }))", ""),
    ("local s = (\"z\"):rep(2 ^ 20) hm.user { [s] = 1 }", "hm.user"),
    ("hm.notebook { (\"n/\"):rep(50000) }", "notebook"),
    ("local t = {} for i = 1, 1000 do t[\"x\" .. i] = 1 end hm.user(t)", "more faults"),
    ("hm.hub { url = (\"http://\"):rep(10000) }", "wrong address"),
    ("hm.json.decode((\"[\"):rep(500000))", "recursion"),
    ("local n = {} for i = 1, 50000 do n[i] = 5 end hm.empirical(n)", "49980 more faults"),
    ("local n = {} for i = 1, 2000 do n[\"x\" .. i] = 1 end hm.user { mix = n }", "over 1000 entries"),
    ("local n = {} for i = 1, 2000 do n[\"x\" .. i] = { i } end hm.params(n)", "over 1000 parameters"),
    (
        "local n = {} for i = 1, 900 do n[\"x\" .. i] = 1 end hm.params { a = { 1 }, presets = { p = n } }",
        "more faults",
    ),
    ("hm.random:stream((\"x\"):rep(2 ^ 20))", "longer than 256"),
    ("local n = {} for i = 1, 200000 do n[i] = \"1s\" end hm.empirical(n)", "100000"),
];

#[test]
fn every_other_hostile_script_is_refused_with_a_short_error() {
    let mut wrong = Vec::new();
    for (text, part) in REFUSED {
        match attack(text, Counting::Processor) {
            Ok(()) => wrong.push(format!("{text}: it loads")),
            Err(error) => {
                let shown = error.to_string();
                if !shown.contains(part) || shown.len() > 120_000 {
                    wrong.push(format!("{text}: {} bytes: {}", shown.len(), &shown[..shown.len().min(500)]));
                }
                if error.faults.iter().any(|fault| fault.heading.len() > 4096) {
                    wrong.push(format!("{text}: a heading over 4 KiB"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn bytecode_is_refused() {
    let folder = crate::Folder::new(&[]);
    for bytes in [&b"\x06\x03\x00\x01\x02"[..], b"\x1bLua\x51\x00", b"\x00", b"\xff\xfe\x00"] {
        std::fs::write(folder.path("s.lua"), bytes).unwrap();
        assert_eq!(load(&folder.request()).err().map(|e| e.kind()), Some(LoadErrorKind::Syntax), "{bytes:?}");
    }
}

#[test]
fn large_sources_are_refused_before_they_are_compiled() {
    let long = format!("{}\n{}", "-- comment\n".repeat(30_000), crate::SCENARIO);
    let folder = crate::Folder::new(&[("s.lua", &long), ("t.lua", &format!("require \"s\"\n{}", crate::SCENARIO))]);
    let error = load(&folder.request()).err().unwrap();
    assert_eq!(error.kind(), LoadErrorKind::Limit, "{error}");
    let error = load(&hubmark::script::LoadRequest::new(folder.path("t.lua"))).err().unwrap();
    assert!(error.to_string().contains("at most 262144"), "{error}");
}

#[test]
fn deep_sources_cannot_exhaust_the_stack() {
    for text in [
        format!("local x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("local x = {}{}", "{".repeat(100_000), "}".repeat(100_000)),
        format!("local x = {}1", "-".repeat(2).replace("--", "- ").repeat(60_000)),
        format!("local x = 1{}", " + 1".repeat(50_000)),
        format!("local x = \"a\"{}", " .. \"a\"".repeat(30_000)),
        format!("{}{}", "if true then ".repeat(10_000), "end ".repeat(10_000)),
        format!("hm.user {{ x = {}1{} }}", "{".repeat(190), "}".repeat(190)),
        format!("local t = {{ {} }} hm.user {{ x = 1 }}", "{}, ".repeat(50_000)),
    ] {
        assert!(
            attack(&text, Counting::Processor).is_err() || text.contains("+ 1") || text.contains(".."),
            "{}",
            &text[..40]
        );
    }
}

#[cfg(unix)]
#[test]
fn links_pipes_and_folders_cannot_be_read() {
    let outside = crate::Folder::new(&[("secret.lua", "return 1"), ("secret.ipynb", crate::NOTEBOOK)]);
    let folder = crate::Folder::new(&[("sub/x.txt", "x")]);
    std::os::unix::fs::symlink(outside.path("secret.lua"), folder.path("inner.lua")).unwrap();
    std::os::unix::fs::symlink(outside.path("secret.ipynb"), folder.path("inner.ipynb")).unwrap();
    std::os::unix::fs::symlink(outside.path(""), folder.path("out")).unwrap();
    std::os::unix::fs::symlink("loop", folder.path("loop")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path("zero")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo is needed for this test: install coreutils");
    for (text, part) in [
        ("require \"inner\"", "leads out"),
        ("require \"out.secret\"", "leads out"),
        ("hm.file.read \"inner.lua\"", "leads out"),
        ("hm.file.read \"out/secret.lua\"", "leads out"),
        ("hm.notebook { \"inner.ipynb\" }", "leads out"),
        ("hm.file.read \"zero\"", "leads out"),
        ("hm.file.read \"loop\"", "loop"),
        ("hm.file.read \"pipe\"", "not a regular file"),
        ("hm.file.read \"sub\"", "not a regular file"),
    ] {
        folder.write("s.lua", &format!("{text}\n{}", crate::SCENARIO));
        let error = load(&folder.request()).err().unwrap().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    // A link within the folder is followed, and the file is known by its own name.
    std::os::unix::fs::symlink("sub/x.txt", folder.path("near.txt")).unwrap();
    folder.write("s.lua", &format!("assert(hm.file.read \"near.txt\" == \"x\")\n{}", crate::SCENARIO));
    let loaded = load(&folder.request()).unwrap_or_else(|e| panic!("{e}"));
    assert!(loaded.files.iter().any(|f| f.path == "sub/x.txt"));
}

#[test]
fn files_are_bounded_in_number_and_size() {
    let folder = crate::Folder::new(&[]);
    std::fs::File::create(folder.path("large")).unwrap().set_len(17 << 20).unwrap();
    folder.write("s.lua", &format!("hm.file.read \"large\"\n{}", crate::SCENARIO));
    let error = load(&folder.request()).err().unwrap().to_string();
    assert!(error.contains("at most 16777216"), "{error}");
    for index in 0..1001 {
        folder.write(&format!("many/{index}"), "x");
    }
    folder.write("s.lua", &format!("for i = 0, 1000 do hm.file.read(\"many/\" .. i) end\n{}", crate::SCENARIO));
    let error = load(&folder.request()).err().unwrap().to_string();
    assert!(error.contains("more than 1000 files"), "{error}");
}
