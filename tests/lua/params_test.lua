-- args: --agents 45 --hold-time=20m --fast --set title=nightly --preset small
local check = require "check"

local p = hm.params {
  agents    = { 16, min = 1, max = 500, about = "how many" },
  hold_time = { "5m", kind = "duration", min = "1m", max = "1h" },
  ramp      = { hm.duration "30s" },
  fast      = { false },
  slow      = { true },
  title     = { "daily" },
  factor    = { 1.5 },
  logins    = { "20/min", kind = "rate" },
  data      = { "2GiB", kind = "bytes" },
  errors    = { "1%", kind = "ratio" },
  hub       = { "http://127.0.0.1:8000", kind = "url" },
  book      = { "n.ipynb", kind = "path" },
  profile   = { "cpu", choices = { "cpu", "gpu" } },
  token     = { "env:HUBMARK_TOKEN", kind = "secret" },
  presets   = { small = { agents = 2, profile = "gpu", ramp = "10s" } },
}

check.equal(p.agents, 45) -- the command line goes before the preset
check.equal(p.hold_time, hm.duration "20m")
check.equal(p.ramp, hm.duration "10s") -- the preset goes before the default
check.equal(p.profile, "gpu")
check.equal(p.fast, true)
check.equal(p.slow, true)
check.equal(p.title, "nightly")
check.equal(p.factor, 1.5)
check.equal(tostring(p.logins), "20/min")
check.equal(tostring(p.data), "2GiB")
check.equal(tostring(p.data * 2), "4GiB")
check.equal(tostring(p.errors), "1%")
check.equal(p.hub, "http://127.0.0.1:8000")

-- Quantities of two kinds do not mix.
check.raises("cannot add a size and a duration", function() return p.data + p.ramp end)
check.raises("cannot compare", function() return p.data < p.ramp end)

-- Secrets are opaque.
check.raises("cannot be turned into text", tostring, p.token)
check.raises("cannot be turned into text", function() return "x" .. p.token end)
check.raises("cannot be looked into", function() return p.token.value end)
check.raises("cannot be plain data", hm.json.encode, { p.token })
check.raises("string", function() return string.format("%s", p.token) end)

check.raises("did you mean \"hold_time\"", function() return p.holdtime end)
check.raises("cannot be changed", function() p.agent = 1 end)

return hm.scenario { hub = p.hub, notebook = p.book, users = p.agents, duration = p.hold_time }
