local check = require "check"

-- What a constructor made can be read, not changed, and knows its fields.
local user = hm.user { mix = { a = 1 }, think = hm.exponential("30s") }
check.equal(user.mix.a, 1)
check.equal(user.think.mean, hm.duration("30s"))
check.equal(user.pacing, nil)
check.equal(tostring(user), "hm.user {…}")
check.raises("did you mean \"think\"", function() return user.thnik end)
check.raises("cannot be changed", function() user.think = "5s" end)
check.raises("", function() user.mix.a = 2 end)

local hub = hm.hub { "http://gx8:8000/base", options = { profile = "gpu", sizes = { 1, 2 } } }
check.equal(hub.url, "http://gx8:8000/base/")
check.equal(hub.options.sizes[2], 2)

local book = hm.notebook { "n.ipynb", timeout = hm.duration("5m") * 2 }
check.equal(book.timeout, hm.duration("10m"))

return check.scenario()
