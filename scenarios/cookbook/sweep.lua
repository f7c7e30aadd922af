-- Sweeps parameters of a notebook; each draw is the same again under the same seed.
--   hubmark simulate scenarios/cookbook/sweep.lua
--   hubmark run      scenarios/cookbook/sweep.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 3, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local rates = { 0.05, 0.1, 0.2 }

local function sweep(user)
  local params = { epochs = user.random:integer(10, 200), rate = user.random:pick(rates) }
  local task = user:run("exercise", { params = params, keep = user.iteration == 1 })
  user:check("trained", task.outcome == "ok")
  user:metric("epochs", params.epochs)
  user:think()
end

return hm.scenario {
  name = "sweep",
  about = "One notebook under many parameters",
  seed = 42,
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  notebooks = { exercise = hm.notebook { "notebooks/exercise.ipynb", expect = "1s" } },
  metrics = { epochs = { kind = "histogram", about = "epochs that were drawn" } },
  users = { researcher = hm.user { iterate = sweep, think = "2s", notebooks_per_session = 20 } },
  load = { people = hm.constant_users { user = "researcher", users = p.users, duration = p.length } },
  thresholds = { "task.duration{notebook=exercise}.p95 < 10s", "check.ok{check=trained}.ratio > 99%" },
}
