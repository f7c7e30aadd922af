local check = require "check"

check.equal(require "hubmark", hm)
check.equal(require "check", check)

-- Only the safe part of the library is there.
check.raises("unknown global", function() return io end)
check.raises("unknown global", function() return package end)
check.raises("unknown global", function() return load end)
check.raises("unknown global", function() return loadstring end)
check.raises("unknown global", function() return dofile end)
check.raises("unknown global", function() return loadfile end)
check.raises("unknown global", function() return getfenv end)
check.raises("unknown global", function() return setfenv end)
check.raises("unknown global", function() return newproxy end)
check.raises("unknown global", function() return gcinfo end)
check.raises("unknown global", function() return _G end)
check.equal(string.dump, nil)
check.raises("os.execute", function() return os.execute end)
check.raises("os.getenv", function() return os.getenv end)
check.raises("debug.getinfo", function() return debug.getinfo end)
check.equal(collectgarbage("count"), 0)

-- Libraries and handles cannot be changed.
check.raises("readonly", function() string.rep = nil end)
check.raises("readonly", function() hm.user = nil end)
check.raises("cannot be changed", function() hm.mine = 1 end)
check.raises("assignment to the global", function() mine = 1 end)
check.raises("", setmetatable, hm, {})
check.equal(getmetatable(hm), "locked")
check.equal(getmetatable(hm.json), "locked")

-- Time belongs to the run.
check.raises("while a scenario loads", os.time)
check.raises("while a scenario loads", os.clock)
check.raises("while a scenario loads", os.date)

-- The library's bounded functions do what the originals do.
check.equal(string.rep("ab", 3), "ababab")
check.equal(("x"):rep(3), "xxx")
check.equal(string.rep("", 1e9), "")
check.equal(string.rep("x", -1), "")
check.equal(string.rep(7, 2), "77")
check.raises("16 MiB", string.rep, "x", 2 ^ 30)
check.equal(("a,b,c"):split(",")[3], "c")
check.equal(("key = value"):match("(%w+) = (%w+)"), "key")
check.equal(("hello"):gsub("l", "L"), "heLLo")
check.equal(select("#", ("hello"):find("l")), 2)
local letters = {}
for letter in ("abc"):gmatch("%a") do letters[#letters + 1] = letter end
check.equal(table.concat(letters, "-"), "a-b-c")
local list = { 3, 1, 2 }
table.sort(list)
check.equal(table.concat(list), "123")
table.sort(list, function(a, b) return a > b end)
check.equal(table.concat(list), "321")
check.equal(table.concat(table.move({ 1, 2, 3 }, 1, 3, 2)), "1123")
check.raises("too large", string.find, string.rep("a", 2 ^ 20), string.rep("a", 2 ^ 10))

-- Errors are caught as usual.
local ok, problem = pcall(error, { code = 7 })
check.equal(ok, false)
check.equal(problem.code, 7)
check.equal(select(2, xpcall(error, function(e) return "handled " .. e end, "x")), "handled x")
local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
check.equal(select(2, coroutine.resume(co, 1)), 2)
check.equal(select(2, coroutine.resume(co, 21)), 42)
check.equal(coroutine.wrap(function() return 5 end)(), 5)
check.equal(select(2, pcall(function() return pcall(error, "inner") end)), false)
assert(debug.traceback("here"):find("here"))

return check.scenario()
