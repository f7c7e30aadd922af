-- The scenario is spread over modules of its folder.
local users = require "lib.users"
local stages = require "hubmark.stages"

local weights = hm.json.decode(hm.file.read "lib/weights.json")

return hm.scenario {
  hub = hm.hub { url = "http://127.0.0.1:8000" },
  notebooks = { n = "notebooks/n.ipynb", m = "notebooks/../notebooks/n.ipynb" },
  users = { agent = users.agent(weights) },
  load = { ramp = hm.ramping_users { user = "agent", stages = stages.steps { to = 20, by = 10, hold = "5m" } } },
}
