local check = require "check"
local stages = require "hubmark.stages"

local steps = stages.steps { to = 25, by = 10, climb = "30s", hold = "5m" }
check.equal(#steps, 6)
check.equal(steps[1].users, 10)
check.equal(steps[1].duration, "30s")
check.equal(steps[2].duration, "5m")
check.equal(steps[6].users, 25)

local hill = stages.hill { users = 40, up = "2m", hold = "10m" }
check.equal(#hill, 3)
check.equal(hill[3].users, 0)
check.equal(hill[3].duration, "2m")

check.raises("by must be a whole number", stages.steps, { to = 10, by = 0, hold = "1m" })
check.raises("hold is missing", stages.steps, { to = 10, by = 1 })
check.raises("up and hold", stages.hill, { users = 10 })

return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { n = "n.ipynb" },
  users = { agent = hm.user { mix = { n = 1 } } },
  load = { steps = hm.ramping_users { user = "agent", stages = steps }, hill = hm.ramping_users { user = "agent", stages = hill, start = "20m" } },
}
